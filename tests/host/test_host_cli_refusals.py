"""Bad input on the command line: exit code 2, one sentence that says what to do, nothing repeated, nothing lost."""

import json
import shutil
import socket
import sqlite3

import pytest
from societies import PULSE, enter_directly, founded, later, opened, some_rows, subrosa

from host.lifecycle import close
from survey.registrar.codes import new_code
from survey.rounds.times import now

OPEN = ("round", "open", "--name", "autumn", "--respondents", 40, "--minimum-responses", 0)


def refuses(ran, *words):
    """One sentence for people, and no more (but the bars of phases that were done by then)."""
    assert ran.code == 2, ran
    (sentence,) = (line for line in ran.err.splitlines() if "━" not in line)
    assert sentence.startswith("subrosa: "), sentence
    assert "Traceback" not in sentence
    assert ran.out == ""
    for word in words:
        assert word in sentence, sentence


def closed(society, name="spring", rows=4, **changes):
    manifest = opened(society, name, **changes)
    enter_directly(society, manifest, some_rows(rows))
    close(society.house, society.house.rounds.find(name), now(), early=True)
    return manifest


@pytest.fixture(autouse=True)
def in_the_society(society, monkeypatch):
    monkeypatch.chdir(society.folder)


@pytest.mark.parametrize(
    "command",
    [
        ("round", "show", "nowhere"),
        ("round", "close", "nowhere"),
        ("round", "cancel", "nowhere", "--yes"),
        ("round", "extend", "nowhere", "--closes", "2030-01-01T00:00:00Z"),
        ("invite", "nowhere", "--count", "1"),
        ("invite", "nowhere", "--revoke", "aaaa"),
        ("box", "export", "nowhere", "--out", "x.box"),
        ("box", "destroy", "nowhere", "--yes"),
        ("tally", "nowhere"),
        ("publish", "nowhere"),
    ],
    ids=" ".join,
)
def test_an_unknown_round_is_refused(ask, society, command):
    opened(society)
    refuses(ask(*command), "'nowhere'", "subrosa round list")


@pytest.mark.parametrize(
    "command",
    [("round", "list"), ("ledger",), ("keys", "new"), ("serve", "--role", "intake"), ("serve",), ("tally", "spring")],
    ids=" ".join,
)
def test_a_missing_config_is_refused_for_every_command_alike(ask, tmp_path, command):
    refuses(ask(*command, "--config", tmp_path / "none.toml"), "no config", "subrosa init")
    refuses(ask("--config", tmp_path / "none.toml", *command), "no config", "subrosa init")


def test_an_unknown_setting_is_named(ask, society):
    society.write("subrosa.toml", society.config.read_text().replace("threads = 8", "threads = 8\ncolour = 3"))
    refuses(ask("round", "list"), "serve.colour", "no such setting")


def test_a_society_is_not_founded_over_another(ask, society):
    before = society.config.read_bytes()
    refuses(ask("init", society.folder), "empty folder")
    assert society.config.read_bytes() == before


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (("--closes", "2030-01-01"), ("--closes", "offset")),
        (("--closes", "2030-01-01T10:00:00"), ("--closes", "offset")),
        (("--closes", "soon"), ("--closes", "ISO 8601")),
        (("--closes", later(hours=-1)), ("not after the opening",)),
        (("--closes", later(hours=2), "--closes-latest", later(hours=1)), ("--closes-latest is before --closes",)),
        (("--closes", later(hours=2), "--opens", later(hours=3)), ("not after the opening",)),
        (("--closes", later(days=800)), ("term",)),
    ],
)
def test_dates_that_cannot_be_are_refused(ask, society, dates, words):
    society.write("pulse.toml", PULSE)
    refuses(ask(*OPEN, "--form", "pulse.toml", *dates), *words)
    assert society.house.rounds.ids() == []
    assert list((society.folder / "registrar").rglob("*.der")) == []


@pytest.mark.parametrize(
    ("closes", "words"),
    [
        ({"days": 3}, ("not after", "promised")),
        ({"minutes": 1}, ("round close --early",)),
        (None, ("--closes", "ISO 8601")),
    ],
)
def test_an_extension_stays_between_the_old_date_and_the_latest(ask, society, closes, words):
    opened(society)
    refuses(ask("round", "extend", "spring", "--closes", later(**closes) if closes else "tomorrow"), *words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "Pulse"', 'title = "Pulse"\ncolour = "red"', ("colour",)),
        ('kind = "scale"', 'kind = "essay"', ("question 'mood'", "must be one of")),
        ('{ id = "pen", label = "Pen" }', '{ id = "saw", label = "Pen" }', ("question 'tools'", "have the id 'saw'")),
        ('id = "mood"', 'id = "team"', ("two questions have the id 'team'",)),
        ("points = 5", "points = ", ("not valid TOML",)),
    ],
)
def test_a_faulty_form_is_refused_with_the_place_of_the_fault(ask, society, old, new, words):
    society.write("faulty.toml", PULSE.replace(old, new))
    for command in (("form", "check"), ("form", "template"), (*OPEN, "--closes", later(days=1), "--form")):
        refuses(ask(*command, "faulty.toml"), *words)


def test_a_form_that_is_not_there_is_refused(ask):
    refuses(ask("form", "check", "none.toml"), "none.toml")
    refuses(ask("form", "check", "no-such-form"), "no-such-form")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "age"), ("'age'", "cohort question")),
        (("--by", "team,team"), ("twice",)),
        (("--split-only", "age"), ("'age'", "--split-only")),
        (("--cohort-shares", "shares.toml"), ("team", "add up to 1")),
        (("--cohort-shares", "none.toml"), ("--cohort-shares",)),
        (("--epsilon", "0"), ("--epsilon",)),
        (("--epsilon", "many"), ("--epsilon",)),
        (("--epsilon", "7"), ("rho", "lower the round's epsilon")),
        (("--name", "Spring!"), ("name",)),
        (("--sealing-key", "shares.toml"), ("public sealing key", "keys new")),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(ask, society, options, words):
    society.write("pulse.toml", PULSE)
    society.write("shares.toml", "[team]\nnorth = 0.5\nsouth = 0.6\n")
    refuses(ask(*OPEN, "--closes", later(days=1), "--form", "pulse.toml", *options), *words)
    assert society.house.rounds.ids() == []
    assert list((society.folder / "tally" / "keys").glob("*")) == []


def test_two_rounds_of_one_name_are_refused(ask, society):
    opened(society, "autumn")
    society.write("pulse.toml", PULSE)
    refuses(ask(*OPEN, "--form", "pulse.toml", "--closes", later(days=1)), "'autumn'", "another name")


def test_rounds_that_are_promised_count_against_the_budget_before_they_are_measured(ask, society):
    opened(society, "spring", epsilon=5.0)
    society.write("pulse.toml", PULSE)
    refuses(ask(*OPEN, "--form", "pulse.toml", "--closes", later(days=1), "--epsilon", 4), "rho", "left")


def test_codes_to_make_or_to_revoke_but_not_both(ask, society):
    opened(society)
    refuses(ask("invite", "spring"), "--count", "--revoke")
    refuses(ask("invite", "spring", "--count", 1, "--revoke", "x"), "--count", "--revoke")
    refuses(ask("invite", "spring", "--count", 0), "--count")


def test_codes_that_cannot_be_revoked_are_never_repeated(ask, society):
    (used,) = enter_directly(society, opened(society), some_rows(1))
    stranger = new_code()
    for code, words in ((stranger, "no such code"), (used.code, "used already"), ("abcd-efgh", "26 letters")):
        ran = ask("invite", "spring", "--revoke", code)
        refuses(ran, words)
        assert code not in ran.err


def test_files_are_never_overwritten(ask, society):
    closed(society)
    opened(society, "autumn")
    kept = society.write("kept.txt", "precious")
    refuses(ask("invite", "autumn", "--count", 1, "--out", kept), "exists already")
    refuses(ask("box", "export", "spring", "--out", kept), "exists already")
    refuses(ask("tally", "spring", "--out", kept), "exists already")
    refuses(ask("invite", "autumn", "--count", 1, "--out", society.folder / "none" / "codes"), "folder")
    assert kept.read_text() == "precious"
    assert society.register.counts(bytes.fromhex(society.house.rounds.find("autumn").manifest.id)).issued == 0
    assert society.house.ledger().entries() == ()


def test_steps_out_of_order_say_which_step_comes_first(ask, society):
    opened(society)
    refuses(ask("tally", "spring"), "still open")
    assert society.box is not None  # the intake begins its work
    refuses(ask("tally", "spring"), "subrosa round close")
    refuses(ask("publish", "spring"), "subrosa tally")
    refuses(ask("box", "export", "spring", "--out", "x.box"), "subrosa round close")
    refuses(ask("box", "destroy", "spring", "--yes"), "subrosa round close")
    assert ask("round", "close", "spring", "--early").code == 0
    refuses(ask("publish", "spring"), "subrosa tally")
    refuses(ask("round", "extend", "spring", "--closes", later(days=1)), "open a new one")
    refuses(ask("invite", "spring", "--count", 1), "closed")


def test_a_release_is_published_once(ask, society):
    closed(society)
    assert ask("tally", "spring").code == 0
    assert ask("publish", "spring").code == 0
    refuses(ask("publish", "spring"), "exists already", "never overwritten")
    refuses(ask("round", "cancel", "spring", "--yes"), "published already")
    assert ask("publish", "spring", "--out", "again").code == 0


@pytest.mark.parametrize(
    ("margins", "words"),
    [
        ("[team]\nnorth = 0.5\nsouth = 0.6\n", ("Known margins, team", "add up to 1")),
        ("[team]\nnorth = 1.0\n", ("Known margins, team", "north, south")),
        ("[mood]\n1 = 1.0\n", ("'mood'", "cohort question")),
        ("team = 0.5\n", ("Known margins, team", "north, south")),
        ("", ("at least one cohort question",)),
        ("[team", ("--known-margins", "TOML")),
        (None, ("--known-margins", "cannot be read")),
    ],
)
def test_known_margins_that_cannot_be_used_are_refused_and_nothing_is_published(ask, society, margins, words):
    closed(society, by=(("team",),))
    assert ask("tally", "spring").code == 0
    if margins is not None:
        society.write("margins.toml", margins)
    refuses(ask("publish", "spring", "--known-margins", "margins.toml"), *words)
    assert not list(society.house.releases.glob("*"))


def test_what_cannot_be_said_of_a_release_is_refused_and_what_the_config_says_of_all_is_taken(ask, society):
    closed(society)
    assert ask("tally", "spring").code == 0
    for said, words in (
        ("licence = 'My own'\n", ("About the release, licence", "licence_url")),
        ("titel = 'x'\n", ("About the release, titel", "no such setting")),
        ("", ("at least one of its settings",)),
        ("title = ", ("--about", "TOML")),
    ):
        society.write("about.toml", said)
        refuses(ask("publish", "spring", "--about", "about.toml"), *words)
    assert not list(society.house.releases.glob("*"))
    config = society.folder / "subrosa.toml"
    always = '[release]\nlicence = "Ours"\nlicence_url = "https://a.example/terms"\npublisher = "The Press"\n'
    config.write_text(config.read_text() + always)
    assert ask("publish", "spring", "--out", "ours").code == 0
    assert json.loads((society.folder / "ours" / "about.json").read_text())["licence_url"] == "https://a.example/terms"
    society.write("about.toml", "licence = 'CC0-1.0'\n")
    assert ask("publish", "spring", "--about", "about.toml", "--out", "free").code == 0
    said = json.loads((society.folder / "free" / "about.json").read_text())
    assert said == {"licence": "CC0-1.0", "publisher": "The Press"}


def test_a_tampered_release_is_not_verified_and_says_what_is_wrong(ask, society):
    closed(society)
    ask("tally", "spring")
    ask("publish", "spring", "--out", "release")
    for name in ("tables.csv", "measurements.json", "index.html", "SHA256SUMS", "SHA256SUMS.sig"):
        path = society.folder / "release" / name
        before = path.read_bytes()
        path.write_bytes(before[:-2] + bytes([before[-2] ^ 1]) + before[-1:])
        ran = ask("verify", "release")
        assert (ran.code, ran.out[:13], ran.err) == (1, "NOT VERIFIED.", "")
        path.write_bytes(before)
    (society.folder / "release" / "extra.txt").write_text("more")
    assert ask("verify", "release").code == 1


def test_missing_keys_are_said_to_be_missing_and_nothing_is_charged(ask, society):
    manifest = closed(society)
    for seed in (society.folder / "tally" / "keys").glob("*.seed"):
        seed.rename(society.folder / "seed")
        refuses(ask("tally", "spring"), "private key", "tally's folder")
        (society.folder / "seed").rename(seed)
    assert society.house.ledger().entries() == ()
    signing = society.house.signing_key
    signing.rename(society.folder / "aside.pem")
    society.write("pulse.toml", PULSE)
    refuses(ask(*OPEN, "--form", "pulse.toml", "--closes", later(days=1)), "signing key", "backup")
    assert ask("tally", "spring").code == 0
    refuses(ask("publish", "spring"), "signing key", "backup")
    (society.folder / "aside.pem").rename(signing)
    assert ask("publish", manifest.id[:6]).code == 0


def test_a_tally_that_the_term_cannot_pay_changes_nothing(ask, society):
    first = closed(society, "first", epsilon=5.0)
    assert ask("tally", "first").code == 0
    # A second society of the same term, whose rounds the first one's ledger did not know when they were opened.
    second = closed(founded(society.folder / "second"), "second", epsilon=5.0)
    box = society.folder / "second.box"
    assert ask("box", "export", "second", "--out", box, "--config", "second/subrosa.toml").code == 0
    for key in (society.folder / "second" / "tally" / "keys").iterdir():
        (society.folder / "tally" / "keys" / key.name).write_bytes(key.read_bytes())
    before = {path: path.read_bytes() for path in (box, *(society.folder / "tally" / "keys").iterdir())}

    refuses(ask("tally", second.id, "--box", box), "rho", "left")

    assert {path: path.read_bytes() for path in before} == before
    assert [entry.round_id for entry in society.house.ledger().entries()] == [first.id] != [second.id]


def test_files_that_are_no_box_and_no_measurement_are_refused(ask, society):
    closed(society)
    other = society.write("other", "neither box nor measurement")
    refuses(ask("tally", "spring", "--box", other), "box", "export it again")
    refuses(ask("publish", "spring", "--measurement", other), "tally --out")
    ask("box", "export", "spring", "--out", "spring.box")
    whole = (society.folder / "spring.box").read_bytes()
    (society.folder / "spring.box").write_bytes(whole[:-1])
    refuses(ask("tally", "spring", "--box", "spring.box"), "cut short or damaged")
    refuses(ask("tally", "winter", "--box", other), "box")


def test_a_box_that_was_changed_after_closing_is_not_measured(ask, society):
    closed(society)
    ask("box", "export", "spring", "--out", "spring.box")
    whole = (society.folder / "spring.box").read_bytes()
    first = len(whole) - 4 * ballot_length(society)
    swapped = whole[:first] + whole[first + ballot_length(society) :] + whole[first : first + ballot_length(society)]
    (society.folder / "spring.box").write_bytes(swapped)
    refuses(ask("tally", "spring", "--box", "spring.box"), "out of order", "Nothing was measured")


def ballot_length(society):
    with sqlite3.connect(society.folder / "intake" / "intake.sqlite") as box:
        (sealed,) = box.execute("SELECT length(sealed) FROM ballots LIMIT 1").fetchone()
    box.close()
    return 32 + 2 + 256 + sealed


@pytest.mark.parametrize("role", ["registrar", "intake", "all"])
def test_a_busy_port_is_named_and_may_be_free_later(society, role):
    host, _, port = society.house.config.intake.listen.rpartition(":")
    if role == "registrar":
        host, _, port = society.house.config.registrar.listen.rpartition(":")
    with socket.socket() as other:
        other.bind((host, int(port)))
        other.listen()
        ran = subrosa(society.folder, "serve", "--role", role)

    assert ran.code == 75
    assert f"{host}:{port}" in ran.err
    assert "Traceback" not in ran.err


def test_a_service_whose_database_is_away_or_whose_port_is_in_use_may_be_started_again(ask, society, tmp_path):
    """Not one whose setting is wrong: that stays wrong."""
    whole = society.config.read_text()
    for options, code, words in (("", 75, "Nothing answers there"), ("&passfile=/nowhere", 2, "There is no file")):
        address = f"postgresql:///x?host={tmp_path}{options}"
        assert "[intake]\n" in whole
        society.config.write_text(whole.replace("[intake]\n", f'[intake]\ndatabase = "{address}"\n'))
        ran = ask("serve", "--role", "intake")
        assert (ran.code, ran.out) == (code, "")
        assert words in ran.err
        assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("party", ["registrar", "intake", "tally"])
def test_a_database_file_that_was_cut_short_is_called_damaged_and_a_backup_is_what_mends_it(ask, society, party):
    enter_directly(society, opened(society), some_rows(3))
    file = society.folder / party / f"{party}.sqlite"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    refuses(ask("backup", party, "--out", "party.backup"), "damaged", "restore the backup of its party")
    if party == "tally":
        refuses(ask("ledger"), "damaged", "restore the tally's backup")


def test_an_open_round_is_not_closed_where_nothing_of_registrar_and_intake_is_left(ask, society):
    manifest = opened(society)
    for party in ("registrar", "intake"):
        shutil.rmtree(society.folder / party, ignore_errors=True)
    refuses(ask("round", "close", "spring", "--early"), "restore them before", "--anyway")
    assert society.house.rounds.load(manifest.id).statement is None
    assert ask("round", "close", "spring", "--early", "--anyway").code == 0
    assert ask("round", "close", "spring").code == 0  # again, and nothing is left to lose


def test_a_round_of_which_only_one_party_is_here_is_closed(ask, society):
    opened(society, "host")
    shutil.rmtree(society.folder / "intake", ignore_errors=True)
    assert "intake does not hold" in ask("round", "close", "host", "--early").out


def test_several_manifests_are_refused_because_one_round_is_entered_at_a_time(ask, tmp_path):
    (tmp_path / "codes.txt").touch()
    files = ("--invites", tmp_path / "codes.txt", "--answers", tmp_path / "codes.txt")
    ran = ask("respond", "--manifest", "one.json", "two.json", *files)
    assert (ran.code, ran.out) == (2, "")
    assert "one round at a time" in ran.err
