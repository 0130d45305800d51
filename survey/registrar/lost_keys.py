"""Rounds whose keys a registrar should have and has not: they were lost, or came without them from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from survey.registrar.keyring import KeyRing, MailKeyRing
from survey.registrar.register import Register
from survey.rounds.closing import Phase, StatementError, phase
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import Manifest, ManifestError


class KeyLost(RuntimeError):
    """A round that is open has no key here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The registrar has no key for '{name}': restore its backup, or cancel the round.")


@dataclass(frozen=True, slots=True)
class ExpectedKeys:
    """The keys that a registrar needs for the rounds it knows, and where it has them."""

    rounds: RoundsFolder
    register: Register
    keys: KeyRing
    mail_keys: MailKeyRing
    clock: Callable[[], datetime]

    def check(self) -> None:
        """Raises: KeyLost if a round that is open has no key, although it was not closed here."""
        for lost in self.lost((Phase.OPEN,)):
            raise lost

    def lost(self, phases: Collection[Phase]) -> list[KeyLost]:
        """One for each round in one of these phases that has no key. A closed one had its keys destroyed."""
        wanted = []
        for round_id in self.rounds.ids():
            try:
                published = self.rounds.load(round_id)
            except (ManifestError, StatementError):
                continue  # tampered with: whoever asks for it is refused, and the other rounds are served
            if phase(published.manifest, published.statement, self.clock()) in phases:
                wanted.append(published.manifest)
        missing = (manifest for manifest in wanted if not self._has(manifest))
        return [KeyLost(one.name) for one in missing if not self.register.is_closed(one.id_bytes)]

    def _has(self, manifest: Manifest) -> bool:
        # Only looked for: what reads keys must also forget them.
        mail = manifest.eligibility.mail is None or self.mail_keys.has(manifest.id)
        return mail and self.keys.has(manifest.id)
