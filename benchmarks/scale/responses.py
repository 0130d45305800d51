"""Signed and sealed responses, made once by all cores and kept as a box file, since a million of them take minutes."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from rich.progress import track

from aggregation.ballots import Ballot, BoxFile, write_box
from benchmarks.scale.place import Place
from browsing.invented import write_invented_answers
from survey.forms.answers_csv import read_answers
from survey.forms.model import Form
from survey.rounds.manifest import Manifest, read_manifest
from survey.sealing import Response, SealingPublicKey, Status
from survey.tokens import authenticator_input, nonce_of

PSS: Final = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
_CHUNK: Final = 500
_RECORDS: Final = 1000  # different ones; how often each comes changes nothing about the work


def responses(place: Place, count: int) -> BoxFile:
    """So many responses of the place's round, in a box file that is made only if there is none."""
    path = place.folder.parent / f"responses-{count}.box"
    if not path.exists():
        _write(path, place, count, larger_than(place, count) or _made(place, count))
    return BoxFile.open(path)


def larger_than(place: Place, count: int) -> Iterator[Ballot] | None:
    """The first so many of a larger box, if one is kept."""
    for path in sorted(place.folder.parent.glob("responses-*.box")):
        if int(path.stem.partition("-")[2]) > count:
            return islice(BoxFile.open(path).ballots(), count)
    return None


def fresh(folder: Path) -> Path:
    """A folder that is not there, to be made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _write(path: Path, place: Place, count: int, ballots: Iterator[Ballot]) -> None:
    """Whole or not at all: a run that is stopped leaves nothing that a later one would take for whole."""
    half, published = path.with_suffix(".half"), place.round
    with half.open("wb") as file:
        write_box(file, published.manifest, published.served, count, ballots)
    half.rename(path)


def _made(place: Place, count: int) -> Iterator[Ballot]:
    """In nonce order from the start, so that nothing has to be sorted but the secrets."""
    held = sorted((secrets.token_bytes(32) for _ in range(count)), key=nonce_of)
    chunks = [held[at : at + _CHUNK] for at in range(0, count, _CHUNK)]
    published = place.round
    make = partial(_some, place.issuer_der, published.served, _records(published.manifest.form))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for part in track(pool.map(make, chunks), f"Sealing {count:,} responses", len(chunks)):
            yield from part


def _records(form: Form) -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        write_invented_answers(path, form, _RECORDS)
        with path.open(encoding="utf-8", newline="") as file:
            return list(read_answers(form, file))


def _some(issuer: bytes, served: bytes, records: list[bytes], held: list[bytes]) -> list[Ballot]:
    maker = _maker(issuer, served)
    return [maker.ballot(secret, random.choice(records)) for secret in held]


@cache
def _maker(issuer: bytes, served: bytes) -> _Maker:
    """Read once in each process: a manifest takes longer to check than many responses to make."""
    private, manifest = serialization.load_der_private_key(issuer, password=None), read_manifest(served)
    assert isinstance(private, rsa.RSAPrivateKey)
    return _Maker(private, SealingPublicKey(manifest.sealing_key), manifest)


@dataclass(frozen=True, slots=True)
class _Maker:
    """What a browser and the registrar make together; the signature of a message that is not blinded is the same."""

    private: rsa.RSAPrivateKey
    public: SealingPublicKey
    manifest: Manifest

    def ballot(self, secret: bytes, record: bytes) -> Ballot:
        nonce, verifier = nonce_of(secret), self.manifest.verifier
        message = authenticator_input(nonce, verifier.challenge_digest, verifier.key_id)
        sealed = self.public.seal(Response(secret, 1, Status.ANSWERS, record), self.manifest.id_bytes)
        return Ballot(nonce, 1, self.private.sign(message, PSS, hashes.SHA384()), sealed)
