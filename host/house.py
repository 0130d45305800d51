"""Where everything of a society lies on disk, one folder a party, and how each party's store is opened.

Nearly every command has a house, and many open no store, or one: each loads what a store is made of when it opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from host.config import Config, load_config
from host.externals import ExternalsFolder
from host.folders import private_folder
from survey.rounds.folder import RoundsFolder

if TYPE_CHECKING:
    from privacy.ledger import Ledger
    from privacy.terms import Term
    from storage.address import Address
    from survey.intake.box import BallotBox
    from survey.registrar.register import Register
    from survey.rounds.promise import PromisedTerm

LEDGER: Final = "tally.sqlite"


@dataclass(frozen=True, slots=True)
class House:
    """The folders of one society.

    A store is created only where its party works (`serve`, `invite`, `init`). Everything else opens what is there:
    an empty box made on the wrong machine must never be taken for the round's.
    """

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
    def externals(self) -> ExternalsFolder:
        return ExternalsFolder(self.config.root / "measured")

    @property
    def answer_marks(self) -> Path:
        return self.config.tally_folder / "answers"

    @property
    def tally_keys(self) -> Path:
        return self.config.tally_folder / "keys"

    def issuer_key(self, round_id: str) -> Path:
        return self.config.root / "registrar" / "keys" / f"{round_id}.der"

    def mail_key(self, round_id: str) -> Path:
        return self.config.root / "registrar" / "keys" / f"{round_id}.mail"

    @property
    def register_address(self) -> Address:
        """Where the registrar's store lies."""
        from survey.registrar.register import DATABASE  # noqa: PLC0415

        return self.config.registrar.database or self.config.root / "registrar" / DATABASE

    @property
    def box_address(self) -> Address:
        """Where the intake's store lies."""
        from survey.intake.box import DATABASE  # noqa: PLC0415

        return self.config.intake.database or self.config.root / "intake" / DATABASE

    @property
    def ledger_address(self) -> Address:
        """Where the tally's ledger and measurements lie."""
        return self.config.tally_database or self.ledger_file

    @property
    def ledger_file(self) -> Path:
        """Where the ledger lies, or once lay, that is on no server."""
        return self.config.tally_folder / LEDGER

    def new_register(self) -> Register:
        """The registrar's store, made if it is new."""
        from survey.registrar.register import Register  # noqa: PLC0415

        private_folder(self.config.root / "registrar")
        return Register.open(self.register_address)

    def register(self) -> Register | None:
        """The registrar's store, or None if the registrar does not work on this machine."""
        from storage.opening import is_there  # noqa: PLC0415
        from survey.registrar.register import Register  # noqa: PLC0415
        from survey.registrar.tables import SCHEMA  # noqa: PLC0415

        return Register.open(self.register_address) if is_there(self.register_address, SCHEMA) else None

    def ballot_box(self) -> BallotBox | None:
        """The intake's store, or None if the intake does not work on this machine."""
        from storage.opening import is_there  # noqa: PLC0415
        from survey.intake.box import BallotBox  # noqa: PLC0415
        from survey.intake.tables import SCHEMA  # noqa: PLC0415

        return BallotBox.open(self.box_address) if is_there(self.box_address, SCHEMA) else None

    def has_tally(self) -> bool:
        """Whether the tally's ledger is within reach of this machine (an empty mount point is not the tally).

        One that was never used counts as well where the config names a server that has none: `ledger` makes it there.
        """
        if self._has_ledger():
            return True
        from host.unmoved import never_used  # noqa: PLC0415

        return never_used(self)

    def ledger(self, promised: PromisedTerm | None = None) -> Ledger:
        """The tally's ledger, for the term of the config or the one a round promised.

        Raises: KeyMissing if the tally's folder is not on this machine.
        """
        if not self._has_ledger():
            from host.unmoved import begin_on_server  # noqa: PLC0415

            begin_on_server(self)
        return self.ledger_in(self.ledger_address, promised)

    def _has_ledger(self) -> bool:
        from privacy.store import SCHEMA  # noqa: PLC0415
        from storage.opening import is_there  # noqa: PLC0415

        return is_there(self.ledger_address, SCHEMA)

    def ledger_in(self, address: Address, promised: PromisedTerm | None = None) -> Ledger:
        """The ledger at this address, made if it is new."""
        from privacy.ledger import Ledger  # noqa: PLC0415  (servers must never load the privacy engine)
        from survey.rounds.times import now  # noqa: PLC0415

        return Ledger.open(address, self._term(promised), now)

    def new_ledger(self) -> Ledger:
        """Begin the ledger of a new society."""
        private_folder(self.config.tally_folder)
        return self.ledger_in(self.ledger_address)

    def _term(self, promised: PromisedTerm | None) -> Term:
        from datetime import date  # noqa: PLC0415

        from privacy.terms import Term  # noqa: PLC0415

        if promised is None:
            term = self.config.term
            return Term(term.start, term.end, term.epsilon, term.delta)
        start, end = date.fromisoformat(promised.start), date.fromisoformat(promised.end)
        return Term(start, end, promised.epsilon, promised.delta)
