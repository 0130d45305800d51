"""Killed, restarted and cut off while a crowd comes: nothing confirmed is lost, nothing is counted or given twice."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import urllib3
from crowds import arriving, echo_older_revisions, invited
from meddlers import Fate, Trouble, go_on
from reckonings import (
    check_codes,
    check_destroyed,
    check_responses,
    check_said,
    check_silence,
    exact_counts,
    opened_box,
)
from societies import opened, until
from storms import OwnPostgres, Storm, every_so_many_commits, own_postgres, storm
from tallies import KILLED, everything_below, pieces_left, tally_of

from survey.respondent import services as services_module

PEOPLE = 24
SEED = 1
SAID = (
    r"The (registrar|intake) could open the folders of: [a-z, ]+\. .*",
    r"The database server of the (registrar|intake) keeps the order of arrival longer than need be: .*",
    r"The database of the (registrar|intake) cannot be used\. (Nothing answers there|The connection [a-z ]+ broke).*",
    r"The (registrar|intake) is ready at 127\.0\.0\.1:\d+\.",
    r"storage fault: [A-Za-z]+",
    r"The (registrar|intake)'s database does not answer; it goes on by itself when it is back\.",
    r"The (registrar|intake)'s database answers again\.",
    r"The database could not be rewritten: [A-Za-z]+",
    r"A worker waits for its database: [A-Za-z]+",
    r"Not ready: [a-z]+\.",
    r"server: (critical )?fault ?[A-Za-z]*",
)


@pytest.fixture(scope="module")
def impatient() -> Iterator[None]:
    """The same retries as ever, sooner after each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services_module, "_RETRY", services_module._RETRY.new(backoff_factor=0.05))
        patch.setattr(services_module, "_TIMEOUT", urllib3.Timeout(connect=5, read=20))
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    with own_postgres() as postgres:
        yield postgres


@pytest.fixture(scope="module")
def aftermath(
    tmp_path_factory: pytest.TempPathFactory, server: OwnPostgres, impatient: None
) -> Iterator[SimpleNamespace]:
    """A storm on PostgreSQL that is over, with its round closed."""
    place = tmp_path_factory.mktemp("storm")
    with storm(place, SEED, server) as it:
        manifest = opened(it.society)
        people = invited(it.society, manifest, PEOPLE, SEED)
        for role in it.doors:
            it.begin(role)
        it.wait()
        it.wires["registrar"].judge = every_so_many_commits(7, Fate.CUT)
        it.wires["intake"].judge = every_so_many_commits(7, Fate.UNHEARD)
        crowd = arriving(people, 6, SEED)
        bad_weather(it, crowd, server)
        crowd.join()
        for wire in it.wires.values():
            wire.judge = go_on
        echo_older_revisions(people, crowd.services)
        fault = found_out(lambda: check_codes(it.society, people, crowd.services))
        with tally_of(it.society, place / "notes") as tally:
            assert tally.run("close") == {}
            yield SimpleNamespace(storm=it, people=people, manifest=manifest, tally=tally, server=server, fault=fault)


def found_out(check: Callable[[], None]) -> AssertionError | None:
    """What a check finds while the round is still open, for the test that reports it."""
    try:
        check()
    except AssertionError as error:
        return error
    return None


def bad_weather(it: Storm, crowd, server: OwnPostgres) -> None:
    until(lambda: crowd.got_tokens >= 5)
    it.kill_a_worker("registrar")
    until(lambda: crowd.got_tokens >= 12)
    server.stop_at_once()
    server.start()
    until(lambda: crowd.handed_in >= 12)
    it.kill_all_of("intake")
    it.begin_again("intake")
    for wire in it.wires.values():
        wire.reset_all()


def at_the_charge(fate: Fate):
    """A judge for the tally's wire: what charges a round meets this fate."""
    return lambda said: fate if b"INSERT INTO ledger_entries" in said else Fate.GOES_ON


def test_the_storm_was_a_real_one(aftermath):
    doors, wires = aftermath.storm.doors, aftermath.storm.wires
    met = {trouble for door in doors.values() for trouble in door.handled}
    assert len(met) > len(Trouble) - 3
    assert Fate.CUT in wires["registrar"].handled
    assert Fate.UNHEARD in wires["intake"].handled
    assert any(person.acknowledged == 3 for person in aftermath.people)


def test_every_code_gave_one_token_and_gives_the_same_again(aftermath):
    assert aftermath.fault is None, aftermath.fault


def test_what_was_confirmed_is_in_the_box_once_and_what_nobody_sent_is_not(aftermath):
    check_responses(aftermath.people, opened_box(aftermath.storm.society, aftermath.manifest))


def test_the_services_said_nothing_of_who_came(aftermath):
    logs = {"servers": aftermath.storm.log.read_bytes(), "database": aftermath.server.log}
    check_silence(aftermath.people, logs)
    check_said(aftermath.storm.log, SAID)


def test_a_tally_killed_and_cut_off_leaves_one_noisy_document_and_finishes(aftermath):
    """It runs last: key and ballots are gone afterwards."""
    it, tally = aftermath.storm, aftermath.tally
    expected = exact_counts(aftermath.manifest, opened_box(it.society, aftermath.manifest))
    assert tally.run("stored") == KILLED  # drawn, and on its way to the database
    it.wires["tally"].judge = at_the_charge(Fate.CUT)
    assert "it is not known whether this was charged" in tally.run()["words"]  # whoever is cut off cannot tell
    # The database commits, and nobody hears it; killed then, before anything is destroyed.
    it.wires["tally"].judge = at_the_charge(Fate.UNHEARD)
    assert tally.run("before-destruction") == KILLED
    it.wires["tally"].judge = go_on
    assert it.wires["tally"].handled == [Fate.CUT, Fate.UNHEARD]

    printed = it.society.does("tally", "spring", "--json")

    assert '"measured_now": false' in printed
    assert tally.counted == [expected] * 3
    drafts = tally.drafts
    assert len(set(drafts)) == len(drafts) == 3
    aftermath.server.checkpoint()
    files = everything_below(it.society.folder, aftermath.server.folder) | {"printed": printed.encode()}
    assert pieces_left(drafts, drafts[-1], files) == []
    # The search finds what may be there.
    assert any("/base/" in name for name in pieces_left(drafts, drafts[0], files))
    check_destroyed(it.society, aftermath.manifest)
