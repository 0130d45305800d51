"""A release fetched from an address, to be checked on this machine: into a folder of its own, and within bounds."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

import urllib3
from urllib3.util import Retry

from host.time_limits import within
from reports.errors import ReleaseError
from reports.signing import SIGNATURE, SUMS, read_sums
from survey.rounds.addresses import is_confidential, is_onion
from survey.rounds.revision import FILE as REVISION
from survey.rounds.revision import RevisionError, folder_name, parse_folder, read_revision_file
from survey.rounds.withdrawal import LONGEST as LONGEST_WITHDRAWAL
from survey.rounds.withdrawal import SUFFIX as WITHDRAWN
from survey.rounds.withdrawal import WithdrawalError, read_claimed_withdrawal

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_FILES: Final = 100
MOST_SECONDS: Final = 600
_SMALL: Final = 64 * 1024  # digests and signatures
_PIECE: Final = 64 * 1024  # at most, of what has come
_TIMEOUT: Final = urllib3.Timeout(connect=10, read=30)
_THERE: Final = 200
_GONE: Final = 410
_LONGEST_NAME: Final = 200


class NotFetched(ReleaseError):
    """What lies at an address could not be fetched, or is no release."""


class TooSlow(NotFetched):
    """Not all of it came within MOST_SECONDS."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """folder: the release, with what the address tells of its other revisions beside it. size: bytes."""

    folder: Path
    host: str
    files: int
    size: int


@contextmanager
def fetched(address: str) -> Iterator[Fetched]:
    """Every file that the release lists, for as long as the block lasts. Nothing of it is trusted for lying there.

    Only https is used, or http on this machine, and nobody is followed elsewhere. All of it must come within
    MOST_SECONDS, which no server can stretch.
    Raises: NotFetched, ReleaseError.
    """
    base = _base(address)
    with TemporaryDirectory(prefix="subrosa-") as shelf:
        download = _Download(base)
        folder = download.release(Path(shelf))
        yield Fetched(folder, urlsplit(base).hostname or "", len(list(folder.iterdir())), download.size)


def _base(address: str) -> str:
    """The folder's address, with a slash at its end. Raises: NotFetched."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise NotFetched("This is not an address; give that of the folder of a release.") from None
    if parts.query or parts.fragment or parts.username is not None:
        raise NotFetched(
            "Give the address of the folder of a release, without anything after '?' or '#' or before '@'."
        )
    if not is_confidential(address):
        raise NotFetched("This address is not encrypted (http), so anybody on the way could change it; use https.")
    if is_onion(address):
        raise NotFetched("This is an onion service, which only Tor Browser reaches; download the release with it.")
    path = parts.path.removesuffix("index.html")
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}/"


class _Download:
    """One release being fetched. size: bytes so far, of all files together."""

    def __init__(self, base: str) -> None:
        self.size = 0
        self._base = base
        self._host = urlsplit(base).hostname or ""
        self._deadline = time.monotonic() + MOST_SECONDS
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=Retry(2, redirect=0, backoff_factor=0.2))

    def release(self, shelf: Path) -> Path:
        """Raises: NotFetched, ReleaseError."""
        sums = self._get(self._base + SUMS, _SMALL)
        if sums is None:
            raise NotFetched(f"There is no release at this address: {self._host} has no {SUMS} there.")
        listed = read_sums(sums)
        if len(listed) > MOST_FILES or any(len(name) > _LONGEST_NAME for name in listed):
            raise NotFetched(f"This release lists more than {MOST_FILES} files, or names longer than any of ours.")
        files = {SUMS: sums} | {name: self._needed(name) for name in (SIGNATURE, *sorted(listed))}
        named = parse_folder(self._base.rstrip("/").rpartition("/")[2])
        folder = _write(shelf / "release", files)
        if named is not None:
            folder = folder.rename(shelf / folder_name(named[0], self._around(shelf, named[0], files)))
        return folder

    def _around(self, shelf: Path, round_id: str, files: dict[str, bytes]) -> int:
        """Fetch what tells of the revision before, the one after, and a withdrawal; returns this one's number.

        What these are worth is judged when the release is checked.
        """
        number = _number(files.get(REVISION))
        parent = self._base.rstrip("/").rpartition("/")[0]
        before = [f"{round_id}.{number - 1}"] + [round_id] * (number == 2) if number > 1 else []
        for other, names in ((number - 1, before), (number + 1, [f"{round_id}.{number + 1}"])):
            found = next((got for name in names if (got := self._sums_beside(f"{parent}/{name}/"))), None)
            if found is not None:
                _write(shelf / folder_name(round_id, other), found)
        withdrawn = self._beside(f"{parent}/{round_id}{WITHDRAWN}", LONGEST_WITHDRAWAL)
        if withdrawn is not None:
            (shelf / f"{round_id}{WITHDRAWN}").write_bytes(withdrawn)
        return number

    def _sums_beside(self, base: str) -> dict[str, bytes] | None:
        sums, signature = self._beside(base + SUMS, _SMALL), self._beside(base + SIGNATURE, _SMALL)
        return None if sums is None or signature is None else {SUMS: sums, SIGNATURE: signature}

    def _beside(self, address: str, most: int) -> bytes | None:
        """What may lie beside a release; a server that answers strangely there does not stand in its way.

        Raises: TooSlow.
        """
        try:
            return self._answer(address, most)[1]
        except TooSlow:
            raise
        except NotFetched:
            return None

    def _needed(self, name: str) -> bytes:
        data = self._get(self._base + name, MOST_BYTES)
        if data is None:
            raise NotFetched(f"The release lists {name}, but it is not at this address; tell the host.")
        return data

    def _get(self, address: str, most: int) -> bytes | None:
        """None if it is not there. Raises: NotFetched."""
        status, data = self._answer(address, most)
        if data is None:
            self._check_missing(status)
        return data

    def _answer(self, address: str, most: int) -> tuple[int, bytes | None]:
        """The status, and what is there; whatever the server waits with counts. Raises: NotFetched."""
        try:
            return within(self._deadline - time.monotonic(), lambda: self._ask(address, most))
        except TimeoutError:
            raise self._too_slow() from None

    def _ask(self, address: str, most: int) -> tuple[int, bytes | None]:
        """Raises: NotFetched."""
        silent = {"User-Agent": urllib3.util.SKIP_HEADER, "Accept-Encoding": "identity"}
        try:
            answer = self._pool.request(
                "GET", address, headers=silent, redirect=False, preload_content=False, decode_content=False
            )
            try:
                return answer.status, self._body(answer, most) if answer.status == _THERE else None
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError):
            raise NotFetched(f"{self._host} does not answer as it should; try again later.") from None

    def _body(self, answer: urllib3.BaseHTTPResponse, most: int) -> bytes:
        data = bytearray()
        while piece := answer.read1(_PIECE, decode_content=False):  # what has come: it never waits for a whole piece
            data += piece
            self.size += len(piece)
            if len(data) > most or self.size > MOST_BYTES:
                raise NotFetched(
                    f"This is larger than a release may be ({MOST_BYTES // 2**20} MB in all); nothing of it was kept."
                )
            if time.monotonic() > self._deadline:  # so that nobody who was left for this is read on
                raise self._too_slow()
        return bytes(data)

    def _too_slow(self) -> TooSlow:
        return TooSlow(f"{self._host} is too slow; download the release in another way and check the folder.")

    def _check_missing(self, status: int) -> None:
        """Raises: NotFetched unless all that the answer says is that nothing is there."""
        if status == _GONE:
            raise NotFetched(self._withdrawn())
        if 300 <= status < 400:
            raise NotFetched("This address leads elsewhere, where nobody is followed; give the address it leads to.")
        if status not in (401, 403, 404):
            raise NotFetched(f"{self._host} does not give the release out (it answers {status}); try again later.")

    def _withdrawn(self) -> str:
        """What the host says of a release that is gone, in its signed words if they are there."""
        parent, _, name = self._base.rstrip("/").rpartition("/")
        named = parse_folder(name)
        data = self._beside(f"{parent}/{named[0]}{WITHDRAWN}", LONGEST_WITHDRAWAL) if named else None
        try:
            found = read_claimed_withdrawal(data or b"", named[0] if named else "")
        except WithdrawalError:
            return (
                f"{self._host} says that this release is withdrawn or gone; no signed withdrawal could be read there. "
                "Ask the host."
            )
        return (
            f"This release was withdrawn on {found.day}. Why, by a statement signed with the key of fingerprint "
            f"{hashlib.sha256(found.host_key).hexdigest()} (ask the host whether that is its own): {found.reason}"
        )


def _number(stated: bytes | None) -> int:
    """Of the revision by its own word; 1 where it cannot be read, which checking it will find."""
    try:
        return 1 if stated is None else read_revision_file(stated).number
    except RevisionError:
        return 1


def _write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """names: as SHA256SUMS lists them, which lead nowhere else."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
