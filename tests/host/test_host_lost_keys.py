"""A registrar without the key of an open round says so, and does not call that round closed."""

import logging
import shutil

import pytest
from societies import later, opened

from host.coarse_counts import CoarseCounts
from host.folders import destroy
from host.lifecycle import cancel, close
from host.opening import Dates
from host.roles import build_role, check_role
from survey import readiness
from survey.rounds.times import instant, now


@pytest.fixture
def at_once(monkeypatch):
    """Readiness is looked up at every asking."""
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0.0)


@pytest.fixture
def said(caplog):
    """What a registrar that starts says of its keys."""
    caplog.set_level(logging.WARNING)

    def starting(society):
        caplog.clear()
        check_role(society.house.config, "registrar")
        return [record.message for record in caplog.records if "no key" in record.message]

    return starting


def served(society):
    app = build_role(society.house.config, "registrar", CoarseCounts(1, 300))
    return app.test_client()


@pytest.mark.usefixtures("at_once")
def test_a_registrar_that_lost_its_keys_says_so_and_is_not_ready_until_they_are_back(society, said):
    opened(society)
    tomorrow = Dates(instant(later(days=1)), *[instant(later(days=2))] * 2)
    opened(society, "unopened", dates=tomorrow, epsilon=0.5)
    keys = society.folder / "registrar" / "keys"
    registrar = served(society)
    assert (said(society), registrar.get("/readyz").status_code) == ([], 200)

    shutil.move(keys, society.folder / "away")
    lost = "The registrar has no key for '{}': restore its backup, or cancel the round."
    assert sorted(said(society)) == [lost.format("spring"), lost.format("unopened")]
    assert registrar.get("/readyz").status_code == 503
    assert registrar.get("/healthz").status_code == 200

    shutil.move(society.folder / "away", keys)
    assert (said(society), registrar.get("/readyz").status_code) == ([], 200)


@pytest.mark.usefixtures("at_once")
def test_a_round_that_is_not_open_needs_no_key_to_be_ready(society):
    dates = Dates(instant(later(days=1)), *[instant(later(days=2))] * 2)
    manifest = opened(society, dates=dates)
    destroy(society.house.issuer_key(manifest.id))
    assert served(society).get("/readyz").status_code == 200


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("end", [close, cancel])
def test_a_round_whose_keys_were_destroyed_at_its_end_is_not_missed(society, said, end):
    manifest = opened(society)
    society.register.release()  # the registrar has begun its work
    published = society.house.rounds.load(manifest.id)
    if end is close:
        close(society.house, published, now(), early=True)
        # As where the host's statement has not come yet: the register itself knows that it closed the round.
        (society.folder / "rounds" / manifest.id / "closing.json").unlink()
    else:
        cancel(society.house, published, now())
    assert not society.house.issuer_key(manifest.id).exists()
    assert (said(society), served(society).get("/readyz").status_code) == ([], 200)
