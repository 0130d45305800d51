"""Ballots as the tally reads them, and the file in which a closed box travels.

The tally does not trust the intake: everything here is checked again, and the order is part of what is checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import rfc8785

from survey.forms.codec import record_length
from survey.rounds.manifest import Manifest, read_manifest
from survey.sealing import MAX_REVISION, sealed_length

_MAGIC: Final = b"subrosa/box/v1\n"
_AUTHENTICATOR: Final = 256
_HEAD: Final = 32 + 2 + _AUTHENTICATOR
_MAX_MANIFEST: Final = 4 * 1024 * 1024


class BoxError(ValueError):
    """A box file that is not one, is cut short, or is of another round."""


class BoxOutOfOrder(RuntimeError):
    """A nonce came twice or out of order: this box was tampered with, and nothing may be measured from it."""

    def __init__(self) -> None:
        super().__init__(
            "The ballot box repeats a token or is out of order; it was changed after closing. Nothing was measured."
        )


@dataclass(frozen=True, slots=True)
class Ballot:
    """One sealed response under its token."""

    nonce: bytes = field(repr=False)
    revision: int
    authenticator: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def in_order(ballots: Iterable[Ballot]) -> Iterator[Ballot]:
    """Pass ballots on in strictly increasing nonce order, which is also how each nonce comes once.

    Raises: BoxOutOfOrder.
    """
    last = b""
    for ballot in ballots:
        if ballot.nonce <= last:
            raise BoxOutOfOrder
        last = ballot.nonce
        yield ballot


def write_box(file: BinaryIO, manifest: Manifest, served: bytes, count: int, ballots: Iterable[Ballot]) -> None:
    """Write a closed box: a header line, the served manifest, then ballots of one length each, in nonce order.

    Raises: BoxError if a ballot has another length, or there are not `count` of them.
    """
    length = sealed_length(record_length(manifest.form))
    header: dict[str, str | int] = {
        "round": manifest.id,
        "ballots": count,
        "sealed_length": length,
        "manifest_length": len(served),
    }
    file.write(_MAGIC + rfc8785.dumps(header) + b"\n" + served)
    written = 0
    for ballot in in_order(ballots):
        lengths = (len(ballot.nonce), len(ballot.authenticator), len(ballot.sealed))
        if lengths != (32, _AUTHENTICATOR, length) or not 0 <= ballot.revision <= MAX_REVISION:
            raise BoxError("A ballot in the box has a length that this round's responses cannot have.")
        file.write(ballot.nonce + ballot.revision.to_bytes(2) + ballot.authenticator + ballot.sealed)
        written += 1
    if written != count:
        raise BoxError("The box changed while it was written; close the round first.")


@dataclass(frozen=True, slots=True)
class BoxFile:
    """A box file whose header, manifest and size have been checked; its ballots have not."""

    path: Path
    served: bytes
    manifest: Manifest
    count: int
    sealed_length: int
    start: int

    @classmethod
    def open(cls, path: Path) -> BoxFile:
        """Raises: BoxError."""
        path = path.resolve()  # what is destroyed later is the file, not a link to it
        try:
            with path.open("rb") as file:
                magic, header = file.read(len(_MAGIC)), json.loads(file.readline(1000))
                served = file.read(max(0, min(int(header["manifest_length"]), _MAX_MANIFEST)))
                size, start = path.stat().st_size, file.tell()
                manifest = read_manifest(served, header["round"])
                count, length = int(header["ballots"]), int(header["sealed_length"])
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise BoxError("The box file cannot be read; export it again with `subrosa box export`.") from None
        if (
            magic != _MAGIC
            or count < 0
            or length != sealed_length(record_length(manifest.form))
            or size != start + count * (_HEAD + length)
        ):
            raise BoxError("The box file is cut short or damaged; export it again with `subrosa box export`.")
        return cls(path, served, manifest, count, length, start)

    def ballots(self) -> Iterator[Ballot]:
        return read_ballots(self.path, self.start, self.sealed_length, 0, self.count)


def read_ballots(path: Path, start: int, sealed_length: int, begin: int, end: int) -> Iterator[Ballot]:
    """The ballots [begin, end) of a box file whose first one is at byte `start`.

    Raises: BoxError where the file ends before them.
    """
    length = _HEAD + sealed_length
    with path.open("rb") as file:
        file.seek(start + begin * length)
        for _ in range(begin, end):
            data = file.read(length)
            if len(data) != length:
                raise BoxError("The box file was cut short while it was read; export it again.")
            yield Ballot(data[:32], int.from_bytes(data[32:34]), data[34:_HEAD], data[_HEAD:])
