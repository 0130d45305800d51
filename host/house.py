"""Where everything of a society lies on disk, one folder a party, and how each party's store is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from host.config import Config, load_config
from host.folders import private_folder
from host.keys import KeyMissing
from survey.intake.box import BallotBox
from survey.registrar.register import Register
from survey.rounds.folder import RoundsFolder

if TYPE_CHECKING:
    from privacy.ledger import Ledger, Term
    from survey.rounds.promise import PromisedTerm


@dataclass(frozen=True, slots=True)
class House:
    """The folders of one society. Opening a store creates it; nothing else here writes."""

    config: Config

    @classmethod
    def at(cls, config_path: Path) -> House:
        """Raises: ConfigError."""
        return cls(load_config(config_path))

    @property
    def signing_key(self) -> Path:
        return self.config.root / "host" / "signing.pem"

    @property
    def rounds(self) -> RoundsFolder:
        return RoundsFolder(self.config.root / "rounds")

    @property
    def releases(self) -> Path:
        return self.config.root / "releases"

    @property
    def tally_keys(self) -> Path:
        return self.config.tally_folder / "keys"

    def issuer_key(self, round_id: str) -> Path:
        return private_folder(self.config.root / "registrar" / "keys") / f"{round_id}.der"

    def register(self) -> Register:
        return Register.open(private_folder(self.config.root / "registrar") / "registrar.sqlite")

    def ballot_box(self) -> BallotBox:
        return BallotBox.open(private_folder(self.config.root / "intake") / "intake.sqlite")

    def has_tally(self) -> bool:
        """Whether the tally's folder is within reach of this machine."""
        return self.config.tally_folder.is_dir()

    def ledger(self, promised: PromisedTerm | None = None) -> Ledger:
        """The tally's ledger, for the term of the config or the one a round promised.

        Raises: KeyMissing if the tally's folder is not on this machine.
        """
        from privacy.ledger import Ledger  # noqa: PLC0415  (servers must never load the privacy engine)
        from survey.rounds.times import now  # noqa: PLC0415

        if not self.has_tally():
            raise KeyMissing(
                "The tally's folder is not on this machine; run this where the tally is, or check [tally] folder."
            )
        return Ledger.open(private_folder(self.config.tally_folder) / "tally.sqlite", self._term(promised), now)

    def _term(self, promised: PromisedTerm | None) -> Term:
        from datetime import date  # noqa: PLC0415

        from privacy.ledger import Term  # noqa: PLC0415

        if promised is None:
            term = self.config.term
            return Term(term.start, term.end, term.epsilon, term.delta)
        start, end = date.fromisoformat(promised.start), date.fromisoformat(promised.end)
        return Term(start, end, promised.epsilon, promised.delta)
