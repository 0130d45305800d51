"""The whole small life of a round through the command line, each command a process of its own."""

import json
import shutil
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from societies import PULSE, Society, later, place_on_free_ports, serving, some_csv, subrosa
from warm import fresh_interpreters

from host.config import load_config
from survey.registrar.codes import hash_code

RESPONDENTS = 12
SHARES = "[team]\nnorth = 0.5\nsouth = 0.5\n"


def set_up(folder: Path) -> SimpleNamespace:
    """init, form check and template, round open."""
    told = json.loads(subrosa(folder, "init", "society", "--json").out)
    society = Society(folder / "society")
    place_on_free_ports(society.config)
    form, shares = society.write("pulse.toml", PULSE), society.write("shares.toml", SHARES)
    checked = society.json("form", "check", form)
    template = society.does("form", "template", form)
    asked = ("--form", form, "--name", "spring", "--closes", later(hours=2), "--closes-latest", later(hours=5))
    wishes = ("--respondents", 40, "--min-cohort", 2, "--minimum-responses", 0, "--usable-margin", 0.9)
    splits = ("--by", "team", "--split-only", "mood", "--cohort-shares", shares)
    round_id = society.json("round", "open", *asked, *wishes, *splits)["round"]
    return SimpleNamespace(society=society, told=told, checked=checked, template=template, id=round_id)


def invite_and_answer(life: SimpleNamespace) -> None:
    """Codes and links, then answers through two real servers; shown while open, extended, closed."""
    society = life.society
    life.codes = society.does("invite", "spring", "--count", 2).split()
    life.invited = society.does("invite", "spring", "--count", RESPONDENTS, "--links", "--out", "links.txt")
    life.revoked = society.does("invite", "spring", "--revoke", life.codes[0])
    life.asked_and_revoked = society.does("invite", "spring", "--revoke", "-", stdin=life.codes[1] + "\n")
    life.links = (society.folder / "links.txt").read_text().split()
    life.links_mode = (society.folder / "links.txt").stat().st_mode & 0o777
    society.write("answers.csv", some_csv(RESPONDENTS))
    url = society.url("intake", f"/v1/rounds/{life.id}/manifest")
    entry = ("respond", "--manifest", url, "--invites", "links.txt", "--answers", "answers.csv")
    with serving(society):
        life.entered = society.json(*entry)
        life.entered_again = society.json(*entry)
        life.extended = society.does("round", "extend", "spring", "--closes", later(hours=4))
        life.shown_open = society.json("round", "show", "spring")
        life.words_open = society.does("round", "show", life.id[:8])
        life.early = society("round", "close", "spring")
        life.closed = society.does("round", "close", "spring", "--early")
    life.shown_closed = society.json("round", "show", "spring")


def measure_and_publish(life: SimpleNamespace) -> None:
    """tally twice, ledger, publish, verify in four ways."""
    society, folder = life.society, life.society.folder
    life.key_files = list((folder / "tally" / "keys").iterdir())
    life.tallied = society.json("tally", "spring")
    life.tallied_again = society.json("tally", "spring")
    life.ledger = society.json("ledger")
    life.published = society.json("publish", "spring")
    life.release = Path(life.published["release"])
    key_file = shutil.copy(life.release / "public_key.pem", folder / "host.pem")
    life.by_file = society.json("verify", life.release, "--key", key_file)
    life.by_fingerprint = society.json("verify", life.release, "--key", life.told["fingerprint"])
    life.without_key = society.does("verify", life.release)
    margins = society.write("margins.toml", "[team]\nnorth = 0.75\nsouth = 0.25\n")
    about = society.write("about.toml", 'licence = "CC-BY-4.0"\nurl = "https://a.example/spring"\neligible = 640\n')
    given = ("--known-margins", margins, "--about", about)
    life.weighted = society.json("publish", "spring", *given, "--out", "weighted")
    life.by_margins = society.does("verify", "weighted")
    life.by_wrong = society("verify", life.release, "--key", "0" * 64)
    life.listed = society.json("round", "list")
    life.shown_measured = society.json("round", "show", "spring")


@pytest.fixture(scope="module", params=["warm", pytest.param("fresh", marks=pytest.mark.long)])
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """fresh: each command starts an interpreter, as for a user: what it does not import, it does not find."""
    with fresh_interpreters() if request.param == "fresh" else nullcontext():
        life = set_up(tmp_path_factory.mktemp("life"))
        invite_and_answer(life)
        measure_and_publish(life)
    return life


def test_init_makes_a_config_that_can_be_read_and_says_the_fingerprint(life):
    assert load_config(life.society.config).society == "Our society"
    assert len(bytes.fromhex(life.told["fingerprint"])) == 32


def test_form_check_and_template_say_what_a_table_of_answers_needs(life):
    assert [(q["id"], q["kind"]) for q in life.checked["questions"]] == [
        ("team", "choice"),
        ("mood", "scale"),
        ("tools", "choices"),
    ]
    assert life.checked["cohorts"] == ["team"]
    assert life.template.split() == ["team,mood,tools"]


def test_opening_promises_exactly_the_tables_that_were_asked_for(life):
    promise = life.shown_open["manifest"]["promise"]
    assert [table["name"] for table in promise["tables"]] == ["@", "@team", "mood@", "mood@team", "tools@"]
    assert (promise["respondents"], promise["min_cohort"], promise["minimum_responses"]) == (40, 2, 0)
    assert all(table["margin"] is None or 0 <= table["margin"] < 1 for table in promise["tables"])


def test_links_carry_round_and_code_in_the_fragment_and_the_file_is_private(life):
    site = life.society.house.config.site.url
    manifest = life.society.house.rounds.find("spring").manifest
    assert len(set(life.links)) == RESPONDENTS
    for link in life.links:
        round_id, _, code = link.removeprefix(f"{site}/round#").partition(".")
        assert round_id == life.id
        assert hash_code(code, manifest.id_bytes)
    assert life.links_mode == 0o600
    assert "links.txt" in life.invited
    assert not any(link in life.invited for link in life.links)


def test_revoked_codes_are_said_to_be_revoked_and_never_repeated(life):
    assert (life.revoked, life.asked_and_revoked) == ("The code is revoked.\n", "The code is revoked.\n")


def test_every_answer_is_stored_once_even_when_entered_twice(life):
    assert life.entered == {"sent": RESPONDENTS, "sent_now": RESPONDENTS, "resent": 0, "failed": [], "not_yet": 0}
    assert life.entered_again == {"sent": RESPONDENTS, "sent_now": 0, "resent": 0, "failed": [], "not_yet": 0}
    assert life.shown_open["responses"] == RESPONDENTS
    assert life.shown_open["codes"] == {"issued": RESPONDENTS + 2, "spent": RESPONDENTS, "revoked": 2}


def test_extending_moves_the_date_and_nothing_else(life):
    assert life.shown_open["round"] == life.id
    assert life.shown_open["closes"] > life.shown_open["manifest"]["closes"]
    assert life.shown_open["closes"] in life.words_open


def test_closing_before_the_date_has_to_be_asked_for(life):
    assert life.early.code == 2
    assert "--early" in life.early.err
    assert (life.shown_closed["state"], life.shown_closed["box"]) == ("closed", "closed")
    assert life.shown_closed["codes"] == life.shown_open["codes"]
    assert not (life.society.folder / "registrar" / "keys" / f"{life.id}.der").exists()


def test_the_tally_counts_everyone_once_and_a_second_run_only_finishes(life):
    assert life.tallied == life.tallied_again | {"measured_now": True, "counted": RESPONDENTS, "withdrawn": 0}
    assert (life.tallied["complete"], life.tallied["tables"], life.tallied["dropped"]) == (True, 5, {})
    assert life.tallied_again["measured_now"] is False


def test_after_the_tally_neither_key_nor_ballots_are_left(life):
    assert len(life.key_files) == 2
    assert list((life.society.folder / "tally" / "keys").iterdir()) == []
    assert (life.shown_measured["box"], life.shown_measured["responses"]) == ("destroyed", 0)


def test_the_ledger_has_one_entry_and_says_what_is_left(life):
    (entry,) = life.ledger["entries"]
    assert (entry["round_id"], entry["kind"]) == (life.id, "measured")
    assert entry["rho"] <= life.shown_open["manifest"]["promise"]["rho"]
    assert life.ledger["remaining"] == pytest.approx(life.ledger["term"]["rho"] - entry["rho"])


def test_the_release_is_public_and_checks_by_key_file_and_by_fingerprint(life):
    assert life.release == life.society.folder / "releases" / life.id
    assert life.by_file["sound"] is life.by_fingerprint["sound"] is True
    assert life.by_file["signer_checked"] is life.by_fingerprint["signer_checked"] is True
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in life.release.iterdir())


def test_the_release_holds_the_ledger_up_to_its_own_charge(life):
    (charge,) = json.loads((life.release / "ledger.json").read_text())["entries"]
    assert charge["digest"] == life.published["entry"]
    assert "the last of an unbroken chain of 1" in life.without_key


def test_without_a_key_verify_prints_the_fingerprint_and_says_what_is_open(life):
    assert life.told["fingerprint"] in life.without_key
    assert "Not established" in life.without_key


def test_another_key_is_not_accepted(life):
    assert (life.by_wrong.code, life.by_wrong.out[:12]) == (1, "NOT VERIFIED")


def test_the_list_shows_name_state_and_date(life):
    (row,) = life.listed["rounds"]
    assert row == {"round": life.id, "name": "spring", "state": "closed", "closes": life.shown_closed["closes"]}


def test_the_same_measurement_is_published_again_weighted_to_known_margins(life):
    assert life.weighted["entry"] == life.published["entry"]
    margins = json.loads((life.society.folder / "weighted" / "margins.json").read_text())
    assert margins == {"team": {"north": 0.75, "south": 0.25}}
    tables = (life.society.folder / "weighted" / "tables.csv").read_text()
    assert ",weighted," in tables
    plain = (life.release / "tables.csv").read_text().splitlines()
    assert [line for line in tables.splitlines() if ",weighted," not in line] == plain
    assert "margins.json says is the host's word alone" in life.by_margins


def test_a_release_says_what_its_host_says_of_it(life):
    said = json.loads((life.society.folder / "weighted" / "about.json").read_text())
    assert said == {"licence": "CC-BY-4.0", "url": "https://a.example/spring/", "eligible": 640}
    assert "all else in about.json are the host's word alone" in life.by_margins
    assert not (life.release / "about.json").exists()
