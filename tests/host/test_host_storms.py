"""Killed, restarted and cut off while a crowd comes: nothing confirmed is lost, nothing is counted or given twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from crowds import arriving, invited
from meddlers import Fate, go_on
from reckonings import check_codes, check_responses, check_said, check_silence, opened_box
from societies import opened, until
from storms import OwnPostgres, Storm, every_so_many_commits, own_postgres, storm

from host.lifecycle import close
from host.tallying import run_tally
from survey.respondent import services as services_module
from survey.rounds.times import now

SAID = (
    r"The (registrar|intake) could open the folders of: [a-z, ]+\. .*",
    r"The (registrar|intake) is ready at 127\.0\.0\.1:\d+\.",
    r"storage fault: [A-Za-z]+",
    r"The database could not be rewritten: [A-Za-z]+",
    r"server: fault( [A-Za-z]*)?",
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same retries as ever, sooner after each other."""
    retry = services_module._RETRY.new(backoff_factor=0.02)
    monkeypatch.setattr(services_module, "_RETRY", retry)
    monkeypatch.setattr(services_module, "_TIMEOUT", urllib3.Timeout(connect=5, read=20))


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    with own_postgres() as postgres:
        yield postgres


def test_on_postgresql_killed_restarted_and_cut_off_nothing_is_lost(tmp_path: Path, server: OwnPostgres) -> None:
    with storm(tmp_path, 1, server) as it:
        manifest = opened(it.society)
        people = invited(it.society, manifest, 40, 1)
        for role, wire in it.wires.items():
            wire.judge = every_so_many_commits(7, Fate.UNHEARD if role == "intake" else Fate.CUT)
            if role != "tally":
                it.begin(role)
        it.wait()
        crowd = arriving(people, 6, 1)
        until(lambda: crowd.got_tokens >= 8)
        it.kill_a_worker("registrar")
        until(lambda: crowd.got_tokens >= 16)
        server.stop_at_once()
        server.start()
        until(lambda: crowd.got_tokens >= 24)
        it.kill_all_of("intake")
        it.begin("intake")
        for wire in it.wires.values():
            wire.reset_all()
        crowd.join()
        check_codes(it.society, people, crowd.services)
        print({d: [h.name for h in m.handled] for d, m in (it.doors | it.wires).items()})
        for wire in it.wires.values():
            wire.judge = go_on
        close(it.society.house, it.society.house.rounds.find("spring"), now(), early=True)
    check_responses(people, opened_box(it.society, manifest))
