"""The registrar's keys, here and in its backup: none is written or restored with which a round would give no passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from host.backups.archive import Backup
from host.backups.judging import Fate, Known, RestoreRefused
from host.house import House
from host.keys import KeyMissing
from survey.registrar.keyring import KeyRing, MailKeyRing
from survey.registrar.lost_keys import ExpectedKeys, of_its_round
from survey.registrar.passes import Passes
from survey.rounds.closing import Phase
from survey.rounds.manifest import Manifest


def check_keys_here(house: House, now: datetime) -> None:
    """Nothing where the registrar does not work on this machine.

    Raises: KeyMissing if a round that is open, or not yet, has no key here: the backup before may be the last that has.
    """
    register = house.register()
    if register is None:
        return
    keys = house.config.root / "registrar" / "keys"
    try:
        faults = ExpectedKeys.below(keys, house.rounds, register, lambda: now).faults((Phase.OPEN, Phase.NOT_YET_OPEN))
    finally:
        register.release()
    if faults:
        names = ", ".join(f"'{fault.name}'" for fault in faults)
        raise KeyMissing(
            f"The registrar's key for {names} is missing or damaged, so that no backup was made and an earlier one "
            "stays as it was: stop the registrar, move the damaged file away from registrar/keys/, and restore the "
            "registrar's backup with --merge; or, if no backup has the key, cancel the round."
        )


@dataclass(frozen=True, slots=True)
class OfferedKeys:
    """The keys of a backup beside those that are here.

    folder: where the registrar has its keys.
    """

    backup: Backup
    folder: Path
    known: Known
    issuers: KeyRing
    mail: MailKeyRing

    @classmethod
    def beside(cls, house: House, backup: Backup, known: Known) -> OfferedKeys:
        folder = house.config.root / "registrar" / "keys"
        return cls(backup, folder, known, KeyRing(folder, of_its_round(house.rounds)), MailKeyRing(folder))

    def check(self, passes: Passes, merge: bool) -> None:
        """passes: of the register as it would be restored, which knows the rounds that it closed.

        A round that was opened after the backup has lost its key with the machine: only a host who keeps what is
        here, and means to have such a key again, is refused. Raises: RestoreRefused.
        """
        for round_id, published in self.known.rounds.items():
            if self._takes_respondents(round_id) and not passes.is_closed(bytes.fromhex(round_id)):
                for name in _needed(published.manifest):
                    self._check_one(name, published.manifest.name, merge)

    def sound(self) -> Iterator[str]:
        """The file names of the backup's keys that work, of rounds that are not over."""
        for round_id, published in self.known.rounds.items():
            if self._takes_respondents(round_id):
                yield from (name for name in _needed(published.manifest) if self._offered(name))

    def _check_one(self, name: str, round_name: str, merge: bool) -> None:
        here, offered = self._here(name), self._offered(name)
        if here is False and offered:
            raise RestoreRefused(
                f"The registrar's key for '{round_name}' here is damaged: move registrar/keys/{name} away first, then "
                "restore again. Nothing was changed."
            )
        if not here and not offered and (merge or False in (here, offered)):
            raise RestoreRefused(
                f"Neither this machine nor the backup has a sound key for '{round_name}': cancel the round, or restore "
                "another backup. Nothing was changed."
            )

    def _takes_respondents(self, round_id: str) -> bool:
        return self.known.fates[round_id] in (Fate.OPEN, Fate.WAITING)

    def _here(self, name: str) -> bool | None:
        """Whether it works; None if there is no such file."""
        round_id, ring = self._ring(name)
        return ring.works(round_id) if ring.has(round_id) else None

    def _offered(self, name: str) -> bool | None:
        round_id, ring = self._ring(name)
        part = f"keys/{name}"
        return ring.is_sound(round_id, self.backup.read(part)) if part in self.backup.names else None

    def _ring(self, name: str) -> tuple[str, KeyRing | MailKeyRing]:
        round_id, _, suffix = name.partition(".")
        return round_id, self.mail if suffix == "mail" else self.issuers


def _needed(manifest: Manifest) -> Iterator[str]:
    yield f"{manifest.id}.der"
    if manifest.eligibility.mail is not None:
        yield f"{manifest.id}.mail"
