"""A tally whose database goes silent while it commits: the host is told what is known, and a second run finds out."""

import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from desks import on_servers
from lost_answers import losing_answers
from societies import PULSE, Society, Wishes, enter_directly, opened, some_csv, some_rows, until

from host.lifecycle import close
from host.measuring import Wanted, measure_answers
from privacy.errors import ChargeUnknown
from survey.forms.loading import form_from_toml
from survey.rounds.times import now

BALLOTS = 6
TELLING = b"INSERT INTO ledger_entries"


@pytest.fixture
def closed(society: Society, monkeypatch: pytest.MonkeyPatch) -> Society:
    enter_directly(society, opened(society, minimum_responses=0), some_rows(BALLOTS))
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    monkeypatch.chdir(society.folder)
    return society


def test_a_host_is_told_that_nobody_knows_and_the_same_command_finds_out(closed, postgres, ask):
    database, manifest = postgres.new_database(), closed.house.rounds.find("spring").manifest
    plain = closed.config.read_text()
    with (
        tempfile.TemporaryDirectory(prefix="net") as short,
        losing_answers(database, Path(short) / "socket", TELLING, stays_away=True) as network,
    ):
        on_servers(closed, tally=network.address)
        closed.house.new_ledger()
        cut, away = ask("tally", "spring"), ask("tally", "spring")
    assert network.broken
    for ran, sentence in ((cut, "it is not known whether this was charged; run the same command again"), (away, "")):
        assert (ran.code, ran.out) == (2, ""), ran
        assert sentence in ran.err.splitlines()[-1]
        assert "nothing was charged;" not in ran.err
        assert "Traceback" not in ran.err
    assert closed.box.count(manifest.id_bytes) == BALLOTS

    closed.config.write_text(plain)
    on_servers(closed, tally=database)
    found = ask("tally", "spring")

    assert found.code == 0, found
    assert "was measured before; nothing was drawn or charged again" in found.out
    (entry,) = closed.house.ledger().entries()
    assert entry.round_id == manifest.id
    assert closed.house.ledger().destroyed(manifest.id)
    assert closed.box.count(manifest.id_bytes) == 0
    postgres.drop(database)


def test_answers_that_may_be_charged_yet_keep_what_their_release_needs(society, postgres, ask, monkeypatch):
    """`subrosa measure`: the server is still at it, so that nothing of the charge is seen by whoever looks."""
    database = postgres.new_database()
    society.write("answers.csv", some_csv(60))
    wishes = Wishes(60, 1.0, 1e-6, 2, 0, 0.5, 0.05, (), (), {})
    wanted = Wanted(form_from_toml(PULSE), "staff", wishes, society.folder / "answers.csv", society.folder / "out")
    plain = society.config.read_text()
    with (
        tempfile.TemporaryDirectory(prefix="net") as short,
        losing_answers(database, Path(short) / "socket", TELLING, answered=False) as network,
        closing(postgres.connect(database)) as administrator,
    ):
        on_servers(society, tally=network.address)
        society.house.new_ledger()

        def keep_it_waiting(point: str) -> None:
            if point == "stored":
                administrator.execute("BEGIN")
                administrator.execute("LOCK TABLE ledger_entries IN SHARE MODE")

        with pytest.raises(ChargeUnknown):
            measure_answers(society.house, wanted, lambda *_: None, keep_it_waiting)
        administrator.execute("COMMIT")
    society.config.write_text(plain)
    on_servers(society, tally=database)
    until(society.house.ledger().entries)
    monkeypatch.chdir(society.folder)
    assert ask("publish", "staff", "--out", "out").code == 0
    postgres.drop(database)
