"""The registrar's keys of open rounds, read from its key folder and forgotten when the host destroys them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm

from survey.registrar.issuing import Issuer, SigningUnavailable
from survey.registrar.mail_keys import MailKey

Key = TypeVar("Key")
_Mark = tuple[int, int, int]  # by which a file that was written anew is known
# What comes of a file that cannot be read, or holds no such key.
_UNUSABLE: Final = (OSError, ValueError, TypeError, UnsupportedAlgorithm, SigningUnavailable)


def _mark(path: Path) -> _Mark:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _any(_round_id: str, _key: object) -> bool:
    return True


class _KeyFiles(Generic[Key]):
    """Reads `<round id>.<suffix>`; forgets a key once its file is destroyed. Safe to share by threads.

    fits: whether a key is that of the round with this id.
    """

    def __init__(
        self, folder: Path, suffix: str, read: Callable[[bytes], Key], fits: Callable[[str, Key], bool]
    ) -> None:
        self._folder, self._suffix, self._read, self._fits = folder, suffix, read, fits
        self._kept: dict[str, Key] = {}
        self._judged: dict[str, tuple[_Mark, bool]] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<redacted>)"

    def __call__(self, round_id: str) -> Key | None:
        """The round's key, or None once it is destroyed, or where its file holds no key that fits."""
        try:
            # The host may destroy the file at any moment, also between a look at it and the reading.
            key = self._kept.get(round_id) if self._path(round_id).exists() else None
            if key is None and (key := self._judge(round_id)) is not None:
                self._kept[round_id] = key
        except FileNotFoundError:
            self._kept.pop(round_id, None)
            return None
        except _UNUSABLE:
            return None
        return key

    def has(self, round_id: str) -> bool:
        """Whether the round's key has its file now; it is not read."""
        return self._path(round_id).exists()

    def works(self, round_id: str) -> bool:
        """Whether its file holds a key that fits. It is read again where it was written anew, and not kept."""
        try:
            judged = self._judged.get(round_id)
            if judged is not None and judged[0] == _mark(self._path(round_id)):
                return judged[1]
            return self._judge(round_id) is not None
        except _UNUSABLE:
            return False

    def is_sound(self, round_id: str, data: bytes) -> bool:
        """Whether these bytes, which may lie elsewhere, are a key that fits the round."""
        try:
            return self._fits(round_id, self._read(data))
        except _UNUSABLE:
            return False

    def _judge(self, round_id: str) -> Key | None:
        """The key in the file if it fits. One that does not is not read again, however many ask for it.

        Judging takes a signature, and whoever asks has shown no code yet. Raises: one of `_UNUSABLE`.
        """
        path = self._path(round_id)
        mark = _mark(path)
        if self._judged.get(round_id) == (mark, False):
            return None
        key = self._read(path.read_bytes())
        fits = self._fits(round_id, key)
        self._judged[round_id] = mark, fits
        return key if fits else None

    def forget_destroyed(self) -> None:
        """Drop from memory every key whose file is gone."""
        for round_id in list(self._kept):
            if not self._path(round_id).exists():
                self._kept.pop(round_id, None)

    def _path(self, round_id: str) -> Path:
        return self._folder / f"{round_id}.{self._suffix}"


class KeyRing(_KeyFiles[Issuer]):
    """The keys that sign tokens."""

    def __init__(self, folder: Path, fits: Callable[[str, Issuer], bool] = _any) -> None:
        super().__init__(folder, "der", Issuer, fits)


class MailKeyRing(_KeyFiles[MailKey]):
    """The keys under which mail addresses are hashed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "mail", MailKey, _any)
