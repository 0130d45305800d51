"""Minutes of bad weather at random moments, on both engines: the same promises as in the short storms."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
import warm
from crowds import arriving, echo_older_revisions, invited
from meddlers import go_on
from reckonings import check_codes, check_destroyed, check_responses, check_silence, exact_counts, opened_box
from societies import opened
from storms import OwnPostgres, Storm, own_postgres, storm
from tallies import KILLED, Tally, everything_below, pieces_left, tally_of
from weather import Weather

from privacy.documents import canonical
from survey.respondent import services as services_module

pytestmark = pytest.mark.long
PEOPLE, THREADS, BAD_THINGS = 250, 8, 40
# Others each time, unless these are asked for again: a failed test's name holds its seed.
SEEDS = [int(seed) for seed in os.environ.get("SUBROSA_TEST_SEEDS", "").split()] or [random.randrange(10**6)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services_module, "_RETRY", services_module._RETRY.new(backoff_factor=0.05))
    monkeypatch.setattr(services_module, "_TIMEOUT", urllib3.Timeout(connect=5, read=20))


@pytest.fixture(params=["sqlite", "postgresql", "postgresql on a small disk"])
def server(request: pytest.FixtureRequest) -> Iterator[OwnPostgres | None]:
    if request.param == "sqlite":
        yield None
        return
    with own_postgres(160 if "small" in request.param else None) as postgres:
        yield postgres


@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_storm_loses_nothing_and_gives_nothing_twice(tmp_path: Path, server, seed: int) -> None:
    with storm(tmp_path, seed, server, processes=2) as it:
        manifest = opened(it.society)
        people = invited(it.society, manifest, PEOPLE, seed)
        for role in it.doors:
            it.begin(role)
        it.wait()
        crowd = arriving(people, THREADS, seed)
        weather = Weather(it, server, seed)
        weather.rage(lambda: crowd.over, BAD_THINGS)
        for wire in it.wires.values():
            wire.judge = go_on
        for role in it.doors:
            it.begin_again(role)
        crowd.join()
        print(weather.seen)
        echo_older_revisions(people, crowd.services)
        check_codes(it.society, people, crowd.services)
        check_silence(people[::10], {"servers": it.log.read_bytes(), "database": server.log if server else b""})
        with tally_of(it.society, tmp_path / "notes") as tally:
            assert tally.run("close") == {}
            stored = opened_box(it.society, manifest)
            check_responses(people, stored)
            expected = exact_counts(manifest, stored)
            killed_again_and_again(it, tally, random.Random(seed))
            assert all(counted == expected for counted in tally.counted)
        published_in_the_end(it, random.Random(seed))
        one_noisy_document(it, tally, server)
        check_destroyed(it.society, manifest)


def killed_again_and_again(it: Storm, tally: Tally, die: random.Random) -> None:
    """A tally that is killed at random moments until it finishes, each time a little later."""
    for attempt in range(25):
        ended = tally.run(f"after {die.uniform(0, 0.05 * (attempt + 1))}")
        assert ended in ({}, KILLED), ended
    assert tally.run() == {}


def published_in_the_end(it: Storm, die: random.Random) -> None:
    """Killed while it is published, a round is published by whoever does it again."""
    command = [sys.executable, "-m", "host.cli", "publish", "spring"]
    for _ in range(4):
        publishing = warm.Popen(command, cwd=it.society.folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        time.sleep(die.uniform(0.5, 4))
        publishing.kill()
        publishing.wait()
    it.society("publish", "spring")  # it may be published already
    (release,) = (it.society.folder / "releases").iterdir()
    it.society.does("verify", release, "--key", release / "public_key.pem")


def one_noisy_document(it: Storm, tally: Tally, server: OwnPostgres | None) -> None:
    """Wherever one looks, only what the ledger holds was ever kept."""
    ledger = it.society.house.ledger()
    (entry,) = ledger.entries()
    measurement = ledger.measurement(entry.round_id)
    assert measurement is not None
    stored = canonical(measurement.to_json())
    assert tally.drafts.count(stored) == 1
    if server is not None:
        server.checkpoint()
    files = everything_below(it.society.folder, *([server.folder] if server else []))
    assert pieces_left(tally.drafts, stored, files) == []
