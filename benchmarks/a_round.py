"""A round to measure with: real keys, the bundled form, random answers, real tokens and sealed responses."""

from __future__ import annotations

import random
import secrets
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.progress import track

from aggregation.ballots import Ballot
from aggregation.promise import make_promise
from aggregation.wishes import Wishes
from survey.forms.codec import encode
from survey.forms.loading import bundled
from survey.forms.model import Choice
from survey.registrar.issuing import Issuer
from survey.rounds.eligibility import CODES_ONLY
from survey.rounds.manifest import Manifest, Service
from survey.rounds.promise import PromisedTerm
from survey.sealing import Response, SealingKey, SealingPublicKey, Status
from survey.tokens import authenticator_input, nonce_of

_PSS = padding.PSS(padding.MGF1(hashes.SHA384()), 48)


@dataclass(frozen=True, slots=True)
class Keys:
    """Key material that processes can be handed; a benchmark's keys protect nobody."""

    issuer: bytes
    seed: bytes


def new_keys() -> Keys:
    return Keys(Issuer.generate().to_der(), secrets.token_bytes(32))


def manifest_for(keys: Keys) -> Manifest:
    form = bundled("stackoverflow")
    wishes = Wishes(
        5000, 3.0, 1e-6, 10, 30, 0.15, 0.05, (("country",), ("company_size",)), (), {}, accept_imprecise=True
    )
    return Manifest(
        name="bench",
        society="bench",
        contact="bench",
        form=form,
        opens=datetime(2026, 1, 1, tzinfo=UTC),
        closes=datetime(2099, 1, 1, tzinfo=UTC),
        closes_latest=datetime(2099, 1, 1, tzinfo=UTC),
        services=tuple(Service(role, "bench", url) for role, url in _URLS.items()),
        issuer_name="127.0.0.1:1",
        origin_info="127.0.0.1:2",
        token_key=Issuer(keys.issuer).public.spki,
        sealing_key=SealingKey(keys.seed).public,
        host_key=Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw(),
        eligibility=CODES_ONLY,
        promise=make_promise(form, wishes, PromisedTerm("2026-01-01", "2099-12-31", 6.0, 1e-6)),
    )


_URLS = {"intake": "http://127.0.0.1:2", "registrar": "http://127.0.0.1:1", "tally": ""}


def make_ballots(keys: Keys, count: int) -> list[Ballot]:
    """Signed and sealed, in nonce order, made by both cores."""
    sizes = [min(1000, count - start) for start in range(0, count, 1000)]
    with ProcessPoolExecutor() as pool:
        parts = pool.map(_some_ballots, [keys] * len(sizes), sizes)
        ballots = [b for part in track(parts, f"Generating {count:,} ballots", len(sizes)) for b in part]
    return sorted(ballots, key=lambda ballot: ballot.nonce)


def _some_ballots(keys: Keys, count: int) -> list[Ballot]:
    return [_ballot(keys) for _ in range(count)]


def _ballot(keys: Keys) -> Ballot:
    manifest, private, public = _opened(keys)
    secret = secrets.token_bytes(32)
    nonce, verifier = nonce_of(secret), manifest.verifier
    message = authenticator_input(nonce, verifier.challenge_digest, verifier.key_id)
    sealed = public.seal(Response(secret, 1, Status.ANSWERS, _record(manifest)), manifest.id_bytes)
    return Ballot(nonce, 1, private.sign(message, _PSS, hashes.SHA384()), sealed)


def _record(manifest: Manifest) -> bytes:
    choices = [question for question in manifest.form.questions if isinstance(question, Choice)]
    return encode(manifest.form, {q.id: random.choice(q.options).id for q in choices})


@cache
def _opened(keys: Keys) -> tuple[Manifest, rsa.RSAPrivateKey, SealingPublicKey]:
    private = serialization.load_der_private_key(keys.issuer, password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    manifest = manifest_for(keys)
    return manifest, private, SealingPublicKey(manifest.sealing_key)
