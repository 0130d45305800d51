"""Which answers were measured before: keyed digests of tables, kept in the tally's folder alone.

The same table measured under two names is charged twice and tells readers more of the same people, so the host must
not do it unawares. A digest without a key would let whoever sees it try out tables; with the key, which never leaves
`tally/`, it only compares. A mark is of the file's bytes, and of its rows in any order and any spelling.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from aggregation.opening import Records
from host.folders import private_folder
from survey.forms.answers_csv import header
from survey.forms.model import Form
from survey.rounds.folder import write_durably

_KEY: Final = "key"
_KEY_BYTES: Final = 32


class MarksDamaged(ValueError):
    """The marks or their key cannot be read, so that nobody can tell what was measured before."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} cannot be read, so whether these answers were measured before is not known; nothing was charged. "
            f"If it is lost for good, remove the folder {path.parent}: then no answers are compared with those "
            "measured so far, and `subrosa measure` says so."
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """One table: `file` is of its bytes, `rows` of its records in sorted order under the form's questions."""

    file: str
    rows: str

    def same_answers(self, other: Mark) -> bool:
        return self.file == other.file or self.rows == other.rows


class AnswerMarks:
    """Reads and writes `tally/answers/`: a key, and one mark a measurement, by the id of its manifest.

    Nothing is written before a mark is kept, and the last mark that is forgotten takes the key with it.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder, self._key = folder, key

    @classmethod
    def open(cls, folder: Path) -> AnswerMarks:
        """With the key that is there, or a new one where there is no mark. Raises: MarksDamaged.

        Under a new key no table would be the same as one that is marked, and nobody would be told.
        """
        path = folder / _KEY
        try:
            begun = path.exists() or any(folder.glob("*.json"))
            key = path.read_bytes() if begun else secrets.token_bytes(_KEY_BYTES)
        except OSError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise MarksDamaged(path)
        return cls(folder, key)

    def mark(self, form: Form, data: bytes, records: Records) -> Mark:
        """Shape: records (rows, record bytes) uint8, at least one row."""
        ordered = np.sort(np.ascontiguousarray(records).view(f"V{records.shape[1]}").ravel())
        questions = sha256(",".join(header(form)).encode()).digest()
        rows = sha256(ordered.tobytes()).digest()
        return Mark(self._keyed(b"file", sha256(data).digest()), self._keyed(b"rows", questions + rows))

    def same(self, mark: Mark, among: Iterable[str]) -> list[str]:
        """Those of these measurements that were of the same answers. Raises: MarksDamaged."""
        marked = ((one, self._of(one)) for one in among)
        return [one for one, known in marked if known is not None and known.same_answers(mark)]

    def unmarked(self, among: Iterable[str]) -> list[str]:
        """Those of these measurements that have no mark, so that nothing can be compared with them."""
        return [one for one in among if not self._path(one).exists()]

    def keep(self, measurement_id: str, mark: Mark) -> None:
        private_folder(self._folder)
        write_durably(self._folder / _KEY, self._key, 0o600)
        write_durably(self._path(measurement_id), json.dumps(asdict(mark)).encode(), 0o600)

    def forget(self, measurement_id: str) -> None:
        self._path(measurement_id).unlink(missing_ok=True)
        if not any(self._folder.glob("*.json")):
            (self._folder / _KEY).unlink(missing_ok=True)
            with suppress(OSError):
                self._folder.rmdir()

    def _of(self, measurement_id: str) -> Mark | None:
        path = self._path(measurement_id)
        try:
            return Mark(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, RecursionError):
            raise MarksDamaged(path) from None

    def _path(self, measurement_id: str) -> Path:
        return self._folder / f"{measurement_id}.json"

    def _keyed(self, purpose: bytes, digest: bytes) -> str:
        return hmac.new(self._key, b"subrosa/answers/v1/" + purpose + digest, sha256).hexdigest()
