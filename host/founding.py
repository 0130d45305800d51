"""Founding a society: the config to fill in, the signing key, and one private folder a party."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from host.folders import private_folder
from host.house import House
from host.keys import new_signing_key
from survey.rounds.times import now

_CONFIG: Final = """\
# Settings of this society; config.example.toml in the project explains each of them.

[society]
name = "Our society"
contact = "how to reach us"

[registrar]
operator = "Our society"
url = "http://127.0.0.1:8001"
listen = "127.0.0.1:8001"

[intake]
operator = "Our society"
url = "http://127.0.0.1:8002"
listen = "127.0.0.1:8002"

[tally]
operator = "Our society"
folder = {tally}

[site]
url = "http://127.0.0.1:8000"
listen = "127.0.0.1:8000"

[term]
start = {start}
end = {end}
epsilon = 6.0
delta = 1e-6

[serve]
threads = 8
settle_seconds = 300
"""


class AlreadyFounded(ValueError):
    """There is a society in this folder; its keys must not be overwritten."""


@dataclass(frozen=True, slots=True)
class Founded:
    """Where the config is, and the fingerprint of the signing key (SHA-256 of the raw public key)."""

    config: Path
    fingerprint: str


def found(folder: Path, tally: Path | None) -> Founded:
    """Raises: AlreadyFounded."""
    config = folder / "subrosa.toml"
    if config.exists() or (folder / "host" / "signing.pem").exists():
        raise AlreadyFounded(f"There is a society in {folder} already; choose an empty folder.")
    _public_folder(folder)
    tally_folder = tally.resolve() if tally is not None else folder / "tally"
    private_folder(folder / "host")
    private_folder(tally_folder)
    for public in ("rounds", "releases"):
        _public_folder(folder / public)
    key = new_signing_key(folder / "host" / "signing.pem")
    config.write_text(
        _CONFIG.format(
            tally=_toml_string("tally" if tally is None else str(tally_folder)),
            start=now().date().isoformat(),  # in UTC, as rounds and ledger reckon
            end=year_end(now().date()),
        ),
        encoding="utf-8",
    )
    config.chmod(0o644)  # holds no secret, and each role may run as a user of its own
    House.at(config).new_ledger()
    return Founded(config, hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest())


def _public_folder(path: Path) -> None:
    """A folder that the users of all parties can look into; one that was there keeps its mode."""
    if not path.exists():
        path.mkdir(parents=True)
        path.chmod(0o755)


def year_end(today: date) -> str:
    """The day before the same date next year."""
    leap_day = (today.month, today.day) == (2, 29)  # the one date that the next year does not have
    following = date(today.year + 1, 3, 1) if leap_day else today.replace(year=today.year + 1)
    return date.fromordinal(following.toordinal() - 1).isoformat()


def _toml_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
