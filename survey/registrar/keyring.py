"""The registrar's keys of open rounds, read from its key folder and forgotten when the host destroys them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from survey.registrar.issuing import Issuer
from survey.registrar.mail_keys import MailKey

Key = TypeVar("Key")


class _KeyFiles(Generic[Key]):
    """Reads `<round id>.<suffix>`; forgets a key once its file is destroyed. Safe to share by threads."""

    def __init__(self, folder: Path, suffix: str, read: Callable[[bytes], Key]) -> None:
        self._folder, self._suffix, self._read = folder, suffix, read
        self._kept: dict[str, Key] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<redacted>)"

    def __call__(self, round_id: str) -> Key | None:
        """The round's key, or None once it is destroyed."""
        path = self._path(round_id)
        try:
            # The host may destroy the file at any moment, also between a look at it and the reading.
            key = self._kept.get(round_id) if path.exists() else None
            if key is None:
                key = self._kept[round_id] = self._read(path.read_bytes())
        except FileNotFoundError:
            self._kept.pop(round_id, None)
            return None
        return key

    def has(self, round_id: str) -> bool:
        """Whether the round's key is in its file now; it is not read."""
        return self._path(round_id).exists()

    def forget_destroyed(self) -> None:
        """Drop from memory every key whose file is gone."""
        for round_id in list(self._kept):
            if not self._path(round_id).exists():
                self._kept.pop(round_id, None)

    def _path(self, round_id: str) -> Path:
        return self._folder / f"{round_id}.{self._suffix}"


class KeyRing(_KeyFiles[Issuer]):
    """The keys that sign tokens."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "der", Issuer)


class MailKeyRing(_KeyFiles[MailKey]):
    """The keys under which mail addresses are hashed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "mail", MailKey)
