"""Where all of it is kept between runs, and the society and round that is measured."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from browsing.society import found_society
from host.house import House
from host.keys import read_sealing_key
from survey.rounds.folder import PublishedRound
from survey.rounds.times import now
from survey.sealing import SealingKey

BUILD: Final = Path("build") / "scale"
ROUND: Final = "scale"
FORM: Final = "hr-benchmark"
SPLITS: Final = ("role", "size", "industry")
RESPONDENTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a society in it whose round is open. Its keys protect nobody: they sign benchmarks."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "subrosa.toml"

    @property
    def house(self) -> House:
        return House.at(self.config)

    @property
    def round(self) -> PublishedRound:
        return self.house.rounds.find(ROUND)

    @property
    def issuer_der(self) -> bytes:
        return self.house.issuer_key(self.round.manifest.id).read_bytes()

    @property
    def sealing_key(self) -> SealingKey:
        return read_sealing_key(self.house.tally_keys, self.round.manifest.sealing_key)

    def copy(self, folder: Path) -> Place:
        """The same society, in which a round can be closed and measured without ending the first."""
        shutil.copytree(self.folder, folder)
        return Place(folder)

    def set(self, **settings: str) -> None:
        """Change or add settings of the config: `intake_database="postgresql://…"`, `serve_processes="2"`."""
        for name, value in settings.items():
            section, _, key = name.partition("_")
            self._set(section, f"{key} = {value}")

    def _set(self, section: str, line: str) -> None:
        key = line.partition(" ")[0]
        head, _, rest = self.config.read_text(encoding="utf-8").partition(f"[{section}]\n")
        own, blank, others = rest.partition("\n\n")
        kept = [one for one in own.splitlines() if one.partition(" ")[0] != key]
        text = f"{head}[{section}]\n" + "\n".join([*kept, line]) + blank + others
        tomllib.loads(text)
        self.config.write_text(text, encoding="utf-8")


def the_place(folder: Path = BUILD) -> Place:
    """The society in this folder; founded anew if there is none, or its round is nearly over."""
    place = Place((folder / "society").resolve())
    if place.config.exists() and place.round.manifest.closes - now() > timedelta(hours=6):
        return place
    shutil.rmtree(folder, ignore_errors=True)
    found_society(place.folder).open_round(ROUND, FORM, RESPONDENTS, *(f"--by={split}" for split in SPLITS))
    return place
