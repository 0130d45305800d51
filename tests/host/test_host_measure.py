"""`subrosa measure`: answers that a host already has are promised, charged once and published like a round's."""

import json
import re
import shutil
import signal
import subprocess
import sys

import pytest
from societies import PULSE, Society, later, opened, some_csv
from traces import files_below

from host.cli.show import bars
from host.measuring import NotPublished, Wanted, measure_answers
from host.promising import Unpromisable
from privacy.measure import POINTS
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from survey.forms.loading import form_from_toml

ROWS = 137
WISHES = ("--respondents", 150, "--min-cohort", 2, "--minimum-responses", 0, "--epsilon", 1)
_AFTER_COMMIT = ("committed", "charged")
_POINTS = ("promised", *POINTS, "charged")


@pytest.fixture
def ready(society: Society, monkeypatch: pytest.MonkeyPatch) -> Society:
    """A society with a form and a table of answers."""
    society.write("pulse.toml", PULSE)
    society.write("answers.csv", some_csv(ROWS))
    named = society.config.read_text().replace("Our society", "Society of the Rose").replace("how to reach us", "us")
    society.config.write_text(named)
    monkeypatch.chdir(society.folder)
    return society


def words(name="staff", out=None, answers="answers.csv", *more):
    command = ("measure", "--form", "pulse.toml", "--answers", answers, "--name", name)
    return (*command, "--out", out or f"out-{name}", *WISHES, *more)


def stored(society: Society) -> dict[str, bytes]:
    """Everything that a refusal must leave as it was. The ledger is compared by its entries."""
    files = files_below(society.folder)
    return {path: data for path, data in files.items() if ".sqlite" not in path} | {
        "entries": repr(society.house.ledger().entries()).encode()
    }


def folders(society: Society) -> list[str]:
    return sorted(str(path) for path in society.folder.rglob("*") if path.is_dir())


def wanted(society: Society, name="staff", **others) -> Wanted:
    from societies import Wishes

    wishes = Wishes(150, 1.0, 1e-6, 2, 0, 0.5, 0.05, (), (), {})
    asked = {"form": form_from_toml(PULSE), "wishes": wishes, "answers": society.folder / "answers.csv"}
    return Wanted(name=name, out=society.folder / f"out-{name}", **asked | others)


def quiet(_done: int, _of: int) -> None:
    """Progress that nobody watches."""


def test_answers_that_a_host_has_become_a_release_that_verifies(ready, ask):
    ran = ask(*words())
    assert ran.code == 0, ran
    assert "not collected through Subrosa" in ran.out
    verdict = verify_release(ready.folder / "out-staff")
    assert verdict.whole
    assert verdict.source == "external"
    seen = ask("verify", ready.folder / "out-staff")
    assert "not through Subrosa" in seen.out
    [entry] = ready.house.ledger().entries()
    assert entry.round_id == verdict.round_id
    assert entry.kind == "measured"


def test_the_figures_are_those_of_the_table(ready, ask):
    """With next to no noise, what was counted can be seen."""
    ready.config.write_text(ready.config.read_text().replace("epsilon = 6.0", "epsilon = 20.0"))
    assert ask(*words(), "--epsilon", 20, "--by", "team").code == 0
    lines = (ready.folder / "out-staff" / "tables.csv").read_text().splitlines()
    header = lines[0].split(",")
    rows = [dict(zip(header, line.split(","), strict=True)) for line in lines[1:]]
    counts = {(row["question"], row["by"], row["cohort"], row["answer"]): row["unbiased"] for row in rows}
    expected = {("", "", "", ""): ROWS, ("", "team", "north", ""): 69, ("tools", "", "", "saw"): ROWS}
    expected |= {("mood", "team", "south", "2"): len([i for i in range(ROWS) if i % 2 and i % 5 == 1])}
    for cell, exact in expected.items():
        assert abs(float(counts[cell]) - exact) < 20, cell


def test_the_term_is_charged_once_and_a_repeated_name_leads_to_the_stored_measurement(ready, ask, told):
    assert ask(*words()).code == 0
    before = stored(ready)
    ran = ask(*words(out="elsewhere"))
    assert ran.code == 2
    assert "subrosa publish staff --out DIR" in ran.err
    assert stored(ready) == before
    assert ask("publish", "staff", "--out", "elsewhere").code == 0
    assert files_of(ready.folder / "elsewhere") == files_of(ready.folder / "out-staff")
    assert len(ready.house.ledger().entries()) == 1
    assert "staff" in ask("ledger").out
    begun = ready.house.ledger().entries()[0].round_id[:8]
    assert told(ready, "publish", begun, "--out", "again")["round"].startswith(begun)


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_rounds_and_measurements_do_not_share_a_name(ready, ask):
    opened(ready, "spring", epsilon=0.5)
    ran = ask(*words("spring"))
    assert (ran.code, ran.out) == (2, "")
    assert "A round named 'spring' exists already" in ran.err
    assert ready.house.ledger().entries() == ()
    assert ask(*words("staff")).code == 0
    with pytest.raises(Unpromisable, match="as 'staff' already"):
        opened(ready, "staff", epsilon=0.5)


def test_an_out_that_exists_is_refused_before_anything_is_charged(ready, ask):
    (ready.folder / "taken").mkdir()
    (ready.folder / "link").symlink_to("nowhere")
    for out in ("taken", "answers.csv", "link", "answers.csv/below"):
        before = stored(ready), folders(ready)
        ran = ask(*words(out=out))
        assert ran.code == 2, ran
        assert "--out" in ran.err
        assert (stored(ready), folders(ready)) == before


BROKEN = "team,mood,tools\nnorth,3,saw\nsouth,canary-7391,pen\n"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (BROKEN, "row 3, column mood: is not a whole number"),
        ("team,mood,tools\n,,\n", "no row with an answer"),
        ("team,mood\nnorth,3\n", "row 1, column tools: is missing"),
        ("team,mood,tools\nnorth,3,saw,canary-7391\n", "row 2: has more cells"),
        ("", "row 1"),
    ],
)
def test_a_table_that_breaks_the_form_charges_nothing_and_its_values_are_not_told(ready, ask, table, said):
    ready.write("bad.csv", table)
    before = stored(ready), folders(ready)
    ran = ask(*words("staff", None, "bad.csv"))
    assert ran.code == 2
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    assert said in ran.err
    assert "canary" not in ran.err
    assert (stored(ready), folders(ready)) == before


def test_up_to_twenty_faulty_rows_are_told_at_once_one_a_line(ready, ask):
    ready.write("bad.csv", "team,mood,tools\n" + "north,canary-7391,saw\nsouth,3,pen\n" * 23)
    ran = ask(*words("staff", None, "bad.csv"))
    lines = ran.err.splitlines()
    assert ran.code == 2
    assert [line.partition(": is not")[0] for line in lines[:-1]] == [
        f"subrosa: row {2 + 2 * i}, column mood" for i in range(20)
    ]
    assert lines[-1] == "subrosa: Further rows with faults: 3."
    assert "canary" not in ran.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("--epsilon", 8), "the term has"),
        (("--minimum-responses", 151), "--minimum-responses is more than"),
        (("--by", "colour"), "not a cohort question"),
        (("--name", "Not A Name"), "name is made of"),
        (("--form", "no.toml"), ""),
    ],
)
def test_what_cannot_be_promised_leaves_nothing_behind(ready, ask, change, said):
    before = stored(ready), folders(ready)
    ran = ask(*words(), *change)
    assert ran.code == 2, ran
    assert said in ran.err
    assert (stored(ready), folders(ready)) == before


def test_a_society_without_its_key_or_its_tally_measures_nothing(ready, ask):
    for part, said in (("host/signing.pem", "signing key"), ("tally", "ledger is not on this machine")):
        (ready.folder / part).rename(ready.folder / "away")
        ran = ask(*words())
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        assert not (ready.folder / "measured").exists()
        (ready.folder / "away").rename(ready.folder / part)
    assert ready.house.ledger().entries() == ()


def test_nothing_is_charged_to_a_term_that_is_over(ready, ask):
    text = ready.config.read_text()
    ready.config.write_text(re.sub(r"start = .*\nend = .*", "start = 2020-01-01\nend = 2020-12-31", text))
    ran = ask(*words())
    assert ran.code == 2
    assert "Today is not in the term" in ran.err


def test_what_open_rounds_were_promised_is_not_spent(ready, ask):
    opened(ready, "spring", epsilon=5.9)
    ran = ask(*words(), "--epsilon", 3)
    assert ran.code == 2
    assert "the term has" in ran.err
    assert ready.house.ledger().entries() == ()


def test_a_term_that_a_measurement_promised_stays(ready, ask):
    assert ask(*words()).code == 0
    ready.config.write_text(ready.config.read_text().replace("epsilon = 6.0", "epsilon = 9.0"))
    with pytest.raises(Unpromisable, match="The measurement 'staff' promised a term"):
        opened(ready, "spring", epsilon=0.5)


def test_the_same_answers_are_measured_twice_only_if_the_host_says_so(ready, ask, told):
    assert ask(*words("first")).code == 0
    reordered = some_csv(ROWS).splitlines()
    ready.write("other.csv", "\r\n".join([reordered[0], *reversed(reordered[1:])]).replace("north", "North") + "\r\n")
    for answers in ("answers.csv", "other.csv"):
        before = stored(ready), folders(ready)
        ran = ask(*words("second", None, answers))
        assert (ran.code, ran.out) == (2, "")
        assert "measured before, as 'first'" in ran.err
        assert "the charges add up" in ran.err
        assert "--again" in ran.err
        assert (stored(ready), folders(ready)) == before
    ran = ask(*words("second", None, "other.csv", "--again", "--json"))
    assert ran.code == 0
    assert "measured before, as 'first'" in ran.err
    assert json.loads(ran.out)["measured_before_as"] == ["first"]
    assert len(ready.house.ledger().entries()) == 2
    ran = ask(*words("third"))
    assert "as 'first' and 'second'" in ran.err
    ready.write("answers.csv", some_csv(ROWS + 1))
    assert told(ready, *words("fourth"))["measured_before_as"] == []


def test_that_answers_are_the_same_is_said_before_that_the_term_cannot_pay(ready, ask):
    assert ask(*words("first"), "--epsilon", 5).code == 0
    for again, said, unsaid in (((), "--again", "the term has"), (("--again",), "the term has", "--again")):
        ran = ask(*words("second"), "--epsilon", 5, *again)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        assert unsaid not in ran.err
    assert len(ready.house.ledger().entries()) == 1


def test_where_marks_are_lost_it_charges_nothing_or_says_what_was_not_compared(ready, ask):
    assert ask(*words("first")).code == 0
    marks = ready.folder / "tally" / "answers"
    (marks / "key").unlink()
    before = stored(ready), folders(ready)
    ran = ask(*words("second"))
    assert (ran.code, ran.out) == (2, "")
    assert "nothing was charged" in ran.err
    assert f"remove the folder {marks}" in ran.err
    assert (stored(ready), folders(ready)) == before
    shutil.rmtree(marks)
    ran = ask(*words("second", None, "answers.csv", "--json"))
    assert ran.code == 0
    assert "The marks of the answers measured as 'first' are lost" in ran.err
    assert json.loads(ran.out)["not_compared_with"] == ["first"]


def test_a_stray_or_damaged_manifest_blocks_nothing_but_itself(ready, ask, told):
    opened(ready, "spring", epsilon=0.5)
    for name in ("first", "second"):
        assert ask(*words(name, None, "answers.csv", "--again")).code == 0
    first, second = [entry.round_id for entry in ready.house.ledger().entries()]
    folder = ready.folder / "measured"
    shutil.copy(folder / f"{second}.json", folder / f"{second} (copy).json")
    (folder / "notes.json").write_text("{}")
    (folder / f"{first}.json").write_text("{}")
    assert "not measured yet" in ask("publish", "spring").err
    assert ask("publish", "second", "--out", "again").code == 0
    assert ask("ledger").code == 0
    opened(ready, "autumn", epsilon=0.5)
    for name in (first, first[:10], "first"):
        ran = ask("publish", name, "--out", "never")
        assert (ran.code, ran.out) == (2, "")
        assert f"{first}.json cannot be read" in ran.err
    assert f"measured before, as '{first[:8]}' and 'second'" in ask(*words("third")).err


def test_a_carried_measurement_is_refused_for_answers_that_were_measured_here(ready, ask):
    assert ask(*words()).code == 0
    ran = ask("publish", "staff", "--out", "again", "--measurement", "carried.json")
    assert (ran.code, ran.out) == (2, "")
    assert "--measurement is for rounds" in ran.err
    assert not (ready.folder / "again").exists()


def test_marks_of_answers_stay_with_the_tally(ready, ask):
    assert ask(*words()).code == 0
    folder, manifests = ready.folder / "tally" / "answers", ready.folder / "measured"
    assert {path.stat().st_mode & 0o777 for path in (folder, manifests)} == {0o700}
    assert [path.stat().st_mode & 0o777 for path in manifests.iterdir()] == [0o600]
    kept = {path.name: path for path in folder.iterdir()}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept.values())
    secrets = [kept.pop("key").read_bytes(), *(v.encode() for v in json.loads(kept.popitem()[1].read_bytes()).values())]
    elsewhere = {path: data for path, data in files_below(ready.folder).items() if "/tally/answers/" not in path}
    for secret in secrets:
        assert [path for path, data in elsewhere.items() if secret in data or secret.hex().encode() in data] == []


def test_the_exact_number_of_rows_is_told_by_nothing(ready, ask):
    """Two tables, one a row longer: what is printed, and the size of what is stored, is the same."""
    seen = []
    for rows in (ROWS, ROWS + 1):
        copy = ready.folder.parent / f"copy-{rows}"
        shutil.copytree(ready.folder, copy)
        (copy / "answers.csv").write_text(some_csv(rows))
        ran = ask("--config", copy / "subrosa.toml", *words("staff", copy / "out", copy / "answers.csv"))
        assert ran.code == 0, ran
        said = re.sub(r"[0-9a-f]{16,}", "", f"{ran.out}{ran.err}").replace(str(copy), "")
        assert not re.search(rf"\b{rows}\b", said)
        marks = sorted(path.stat().st_size for path in (copy / "tally" / "answers").iterdir())
        seen.append((said, marks, files_of(copy / "measured")))
    assert seen[0] == seen[1]


def test_below_its_minimum_only_the_noisy_number_is_measured_and_the_page_says_so(ready, ask, told):
    ready.write("few.csv", some_csv(3))
    values = told(ready, *words("few", None, "few.csv"), "--minimum-responses", 140)
    assert (values["complete"], values["tables"]) == (False, 1)
    page = (ready.folder / "out-few" / "index.html").read_text()
    assert "not collected through Subrosa" in page
    assert "The round was open" not in page
    assert verify_release(ready.folder / "out-few").whole


def test_a_society_that_has_not_said_its_name_is_told(society, ask, monkeypatch):
    monkeypatch.chdir(society.folder)
    society.write("pulse.toml", PULSE)
    society.write("answers.csv", some_csv(ROWS))
    ran = ask(*words())
    assert ran.code == 0
    assert "still has the name 'Our society'" in ran.err


def test_several_releases_are_verified_one_by_one_and_the_worst_counts(ready, ask, told):
    assert ask(*words("one")).code == 0
    shutil.copytree("out-one", "other")
    assert [each["sound"] for each in told(ready, "verify", "out-one", "other")["releases"]] == [True, True]
    (ready.folder / "other" / "tables.csv").write_text("changed")
    for order in (("out-one", "other"), ("other", "out-one")):
        ran = ask("verify", *order)
        assert ran.code == 1
        assert all(ran.out.count(f"{folder}\n") for folder in order)
        assert ran.out.count("NOT VERIFIED") == ran.out.count("Verified:") == 1
    assert told(ready, "verify", "out-one")["sound"] is True


class Stopped(BaseException):
    """As an interrupt from the keyboard comes: through everything."""


@pytest.mark.parametrize("last", _POINTS)
def test_stopped_before_the_charge_it_leaves_nothing_and_after_it_a_release_can_be_written(ready, ask, last):
    def stop(point: str) -> None:
        if point == last:
            raise Stopped

    before = stored(ready), folders(ready)
    with pytest.raises(Stopped):
        measure_answers(ready.house, wanted(ready), quiet, stop)

    assert not (ready.folder / "out-staff").exists()
    if last in _AFTER_COMMIT:
        assert "subrosa publish staff" in ask(*words()).err
        assert ask("publish", "staff", "--out", "out-staff").code == 0
    else:
        now_stored = stored(ready), [folder for folder in folders(ready) if not folder.endswith("/measured")]
        assert now_stored == before
        assert ask(*words()).code == 0
    assert len(ready.house.ledger().entries()) == 1
    assert verify_release(ready.folder / "out-staff").whole


# In a process of its own, which kills itself at the point that it is told.
_MEASURE = """
import os, signal, sys
from pathlib import Path
from host.house import House
from host.measuring import measure_answers
from test_host_measure import quiet, wanted
from societies import Society

society = Society(Path(sys.argv[1]))

def hook(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

measure_answers(society.house, wanted(society), quiet, hook)
"""


@pytest.mark.parametrize("last", _POINTS)
def test_killed_anywhere_it_charges_once_and_the_name_can_be_used_or_published(ready, ask, last):
    command = [sys.executable, "-c", _MEASURE, ready.folder, last]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    ran = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert (ran.returncode, ran.stdout, ran.stderr) == (-signal.SIGKILL, b"", b"")
    assert len(ready.house.ledger().entries()) == (last in _AFTER_COMMIT)
    if last in _AFTER_COMMIT:
        assert ask("publish", "staff", "--out", "out-staff").code == 0
    else:
        assert ask("publish", "staff").code == 2  # what was never measured is not found
        assert ask(*words(), "--min-cohort", 3).code == 0  # another promise under the same name
        assert len(list((ready.folder / "measured").iterdir())) == 1
        assert len(list((ready.folder / "tally" / "answers").iterdir())) == 2
    assert len(ready.house.ledger().entries()) == 1
    assert verify_release(ready.folder / "out-staff").whole


def test_every_point_at_which_it_was_stopped_exists(ready):
    seen = []
    measure_answers(ready.house, wanted(ready), quiet, seen.append)
    assert tuple(seen) == _POINTS


def test_of_measurements_under_one_name_at_once_one_is_charged(ready):
    command = [sys.executable, "-m", "host.cli", *map(str, words())]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    rivals = [subprocess.Popen([*command, "--out", f"out-{n}"], cwd=ready.folder, **pipes) for n in range(3)]
    ended = [(*rival.communicate(timeout=60), rival.returncode) for rival in rivals]

    assert sorted(code for _, _, code in ended) == [0, 2, 2], ended
    assert all("Traceback" not in err for _, err, _ in ended)
    assert len(ready.house.ledger().entries()) == 1


def test_a_release_that_cannot_be_written_after_the_charge_is_written_by_publish(ready, ask, monkeypatch):
    def full(*_: object) -> None:
        raise ReleaseError("there is no room.")

    with monkeypatch.context() as broken:
        broken.setattr("host.publishing.write_release", full)
        with pytest.raises(NotPublished, match="subrosa publish staff --out DIR"):
            measure_answers(ready.house, wanted(ready), quiet)
    assert ask("publish", "staff", "--out", "out-staff").code == 0
    assert len(ready.house.ledger().entries()) == 1
    assert verify_release(ready.folder / "out-staff").whole


def test_no_service_sees_a_measurement(ready, ask, told):
    assert ask(*words()).code == 0
    assert told(ready, "round", "list")["rounds"] == []
    assert not list((ready.folder / "rounds").iterdir())
    ran = ask("tally", "staff")
    assert (ran.code, ran.out) == (2, "")
    assert later(days=1)  # and a round may still be opened
    opened(ready, "spring", epsilon=0.5)


def test_a_bar_is_shown_once_the_work_takes_long(capsys):
    for patience, shown in ((60, False), (0, True)):
        with bars(patience) as progress:
            progress("Reading", 1, 100)
        assert ("Reading" in capsys.readouterr().err) is shown
