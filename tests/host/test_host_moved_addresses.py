"""A service whose address in the config is no longer the one that an open round promised."""

from pathlib import Path

from societies import Society, opened, start, stop, until

from host.config import load_config
from host.lifecycle import cancel
from host.moved_addresses import moved_addresses
from survey.rounds.folder import RoundsFolder
from survey.rounds.times import now

ROLES = ("registrar", "intake", "site")


def moved(society: Society, *roles: str) -> list[str]:
    return list(moved_addresses(load_config(society.config), *roles))


def test_a_round_that_promised_another_address_is_named_to_who_serves_it_until_it_is_over(society: Society) -> None:
    promised = society.url("intake")
    opened(society, "spring", epsilon=0.5)
    assert moved(society, *ROLES) == []
    society.config.write_text(society.config.read_text().replace(f'url = "{promised}"', 'url = "http://127.0.0.1:1"'))
    (said,) = moved(society, *ROLES)
    assert said.startswith(f"The round 'spring' promised the intake at {promised}, and subrosa.toml has another")
    assert moved(society, "intake") == [said]
    assert moved(society, "registrar", "site") == []
    cancel(society.house, society.house.rounds.find("spring"), now())
    assert moved(society, *ROLES) == []


def test_it_is_said_when_the_service_starts(society: Society, tmp_path: Path) -> None:
    promised = society.url("registrar")
    opened(society, "spring", epsilon=0.5)
    society.config.write_text(society.config.read_text().replace(f'url = "{promised}"', 'url = "http://localhost:1"'))
    log = tmp_path / "registrar.log"
    process = start(society, "registrar", log=log)
    try:
        until(lambda: "promised the registrar at" in log.read_text())
    finally:
        stop(process)


def test_rounds_that_cannot_be_read_keep_no_service_from_starting(society: Society, monkeypatch) -> None:
    def refused(_rounds: RoundsFolder) -> list[str]:
        raise PermissionError

    monkeypatch.setattr(RoundsFolder, "ids", refused)
    assert moved(society, *ROLES) == []
