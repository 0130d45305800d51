"""Rounds whose keys a registrar should have and has not: lost or damaged, or they came without them from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from survey.registrar.issuing import Issuer
from survey.registrar.keyring import KeyRing, MailKeyRing
from survey.registrar.register import Register
from survey.rounds.closing import Phase, StatementError, phase
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import Manifest, ManifestError


class KeyLost(RuntimeError):
    """A round that is open has no key here."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The registrar has no key for '{name}': restore its backup, or cancel the round.")


class KeyDamaged(RuntimeError):
    """A round that is open has a file in its key's place that gives nobody a pass."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"The registrar's key for '{name}' is damaged, cannot be read, or is that of another round: move it away "
            "and restore the registrar's backup with --merge, or cancel the round."
        )


@dataclass(frozen=True, slots=True)
class ExpectedKeys:
    """The keys that a registrar needs for the rounds it knows, and where it has them."""

    rounds: RoundsFolder
    register: Register
    keys: KeyRing
    mail_keys: MailKeyRing
    clock: Callable[[], datetime]

    @classmethod
    def below(
        cls, folder: Path, rounds: RoundsFolder, register: Register, clock: Callable[[], datetime]
    ) -> ExpectedKeys:
        """folder: where the registrar has its keys."""
        return cls(rounds, register, KeyRing(folder, of_its_round(rounds)), MailKeyRing(folder), clock)

    def check(self) -> None:
        """Raises: KeyLost, KeyDamaged if a round that is open has no key, although it was not closed here."""
        for fault in self.faults((Phase.OPEN,)):
            raise fault

    def faults(self, phases: Collection[Phase]) -> list[KeyLost | KeyDamaged]:
        """One for each round in one of these phases that gives no passes. A closed one had its keys destroyed."""
        found = []
        for round_id in self.rounds.ids():
            try:
                published = self.rounds.load(round_id)
            except (ManifestError, StatementError):
                continue  # tampered with: whoever asks for it is refused, and the other rounds are served
            manifest = published.manifest
            if phase(manifest, published.statement, self.clock()) not in phases:
                continue
            fault = self._fault(manifest)
            if fault is not None and not self.register.is_closed(manifest.id_bytes):
                found.append(fault)
        return found

    def _fault(self, manifest: Manifest) -> KeyLost | KeyDamaged | None:
        by_mail = manifest.eligibility.mail is not None
        if not self.keys.has(manifest.id) or (by_mail and not self.mail_keys.has(manifest.id)):
            return KeyLost(manifest.name)
        # Not kept: what keeps keys must also forget them.
        if self.keys.works(manifest.id) and (not by_mail or self.mail_keys.works(manifest.id)):
            return None
        return KeyDamaged(manifest.name)


def of_its_round(rounds: RoundsFolder) -> Callable[[str, Issuer], bool]:
    """Whether a key is the one that a round promised: a pass by another would be worth nothing, and its code spent."""

    def fits(round_id: str, issuer: Issuer) -> bool:
        return issuer.modulus == rounds.load(round_id).manifest.verifier.key.modulus

    return fits
