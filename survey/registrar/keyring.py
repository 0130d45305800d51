"""The registrar's issuers, one a round, as their key files come and go."""

from __future__ import annotations

from pathlib import Path

from survey.registrar.issuing import Issuer


class KeyRing:
    """Reads `<round id>.der` from a folder; forgets a key once its file is destroyed. Safe to share by threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, Issuer] = {}

    def __repr__(self) -> str:
        return "KeyRing(<redacted>)"

    def __call__(self, round_id: str) -> Issuer | None:
        """The round's issuer, or None once its key is destroyed."""
        path = self._folder / f"{round_id}.der"
        try:
            # The host may destroy the file at any moment, also between a look at it and the reading.
            issuer = self._kept.get(round_id) if path.exists() else None
            if issuer is None:
                issuer = self._kept[round_id] = Issuer(path.read_bytes())
        except FileNotFoundError:
            self._kept.pop(round_id, None)
            return None
        return issuer

    def forget_destroyed(self) -> None:
        """Drop from memory every key whose file is gone."""
        for round_id in list(self._kept):
            if not (self._folder / f"{round_id}.der").exists():
                self._kept.pop(round_id, None)
