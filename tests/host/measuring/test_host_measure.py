"""`subrosa measure`: answers that a host already has become a release, and nothing else is told of them."""

import json
import re
import shutil

from societies import PULSE, later, opened, some_csv
from staff_answers import ROWS, files_of, words
from traces import files_below

from host.cli.show import bars
from reports.checking.verify import verify_release


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


def test_marks_of_answers_stay_with_the_tally(measured, ask):
    folder, manifests = measured.folder / "tally" / "answers", measured.folder / "measured"
    assert {path.stat().st_mode & 0o777 for path in (folder, manifests)} == {0o700}
    assert [path.stat().st_mode & 0o777 for path in manifests.iterdir()] == [0o600]
    kept = {path.name: path for path in folder.iterdir()}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept.values())
    secrets = [kept.pop("key").read_bytes(), *(v.encode() for v in json.loads(kept.popitem()[1].read_bytes()).values())]
    elsewhere = {path: data for path, data in files_below(measured.folder).items() if "/tally/answers/" not in path}
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


def test_several_releases_are_verified_one_by_one_and_the_worst_counts(measured, ask, told):
    shutil.copytree("out-staff", "other")
    assert [each["sound"] for each in told(measured, "verify", "out-staff", "other")["releases"]] == [True, True]
    (measured.folder / "other" / "tables.csv").write_text("changed")
    for order in (("out-staff", "other"), ("other", "out-staff")):
        ran = ask("verify", *order)
        assert ran.code == 1
        assert all(ran.out.count(f"{folder}\n") for folder in order)
        assert ran.out.count("NOT VERIFIED") == ran.out.count("Verified:") == 1
    assert told(measured, "verify", "out-staff")["sound"] is True


def test_no_service_sees_a_measurement(measured, ask, told):
    assert told(measured, "round", "list")["rounds"] == []
    assert not list((measured.folder / "rounds").iterdir())
    ran = ask("tally", "staff")
    assert (ran.code, ran.out) == (2, "")
    assert later(days=1)  # and a round may still be opened
    opened(measured, "spring", epsilon=0.5)


def test_a_bar_is_shown_once_the_work_takes_long(capsys):
    for patience, shown in ((60, False), (0, True)):
        with bars(patience) as progress:
            progress("Reading", 1, 100)
        assert ("Reading" in capsys.readouterr().err) is shown
