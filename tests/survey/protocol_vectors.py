"""Vectors of tokens and sealing, for clients in other languages.

``PYTHONPATH=. python tests/survey/protocol_vectors.py`` writes them again after a wanted change; a test holds them
to the code. The keys in them are made for this file and guard nothing. What cannot be had twice (the RSA key, the
sealed bytes, which take fresh randomness) is kept from the file as it stands.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from survey.blinding import blind_with, emsa_pss, finalize
from survey.registrar.issuing import Issuer
from survey.sealing import Response, SealingKey, SealingPublicKey, Status, sealed_length
from survey.tokens import (
    Token,
    TokenChallenge,
    TokenRequest,
    authenticator_input,
    authorization,
    nonce_of,
    www_authenticate,
)

VECTORS = Path(__file__).parents[1] / "vectors"
CASES = 3
RECORDS = (b"", bytes(20), bytes([1, 3, 0, 2, 255]))
REVISIONS = (1, 258, 65535)
STATUSES = (Status.ANSWERS, Status.WITHDRAWN, Status.ANSWERS)


def drawn(label: str, number: int, length: int = 32) -> bytes:
    """What a client would draw at random, here from a label."""
    return hashlib.shake_256(f"subrosa test vector {label} {number}".encode()).digest(length)


def token_vectors(kept: dict[str, Any]) -> dict[str, Any]:
    issuer = Issuer(bytes.fromhex(kept["issuer_key"])) if "issuer_key" in kept else Issuer.generate()
    key, round_id = issuer.public, drawn("round", 0)
    challenge = TokenChallenge("registrar.society.example", "intake.society.example:8443", round_id)
    return {
        "about": "Privacy Pass tokens of type 0x0002; bytes as hex, numbers as hex of 256 bytes",
        "issuer_key": issuer.to_der().hex(),
        "token_key": key.spki.hex(),
        "token_key_id": key.key_id.hex(),
        "issuer_name": challenge.issuer_name,
        "origin_info": challenge.origin_info,
        "redemption_context": round_id.hex(),
        "challenge": challenge.to_bytes().hex(),
        "challenge_digest": challenge.digest.hex(),
        "www_authenticate": www_authenticate(challenge, key),
        "cases": [_token(issuer, challenge, number) for number in range(CASES)],
    }


def _token(issuer: Issuer, challenge: TokenChallenge, number: int) -> dict[str, Any]:
    key, secret, salt = issuer.public, drawn("k", number), drawn("salt", number, 48)
    factor = int.from_bytes(drawn("factor", number, 256)) % key.modulus
    message = authenticator_input(nonce_of(secret), challenge.digest, key.key_id)
    encoded = emsa_pss(message, salt, 2047)
    blinded = blind_with(key.modulus, int.from_bytes(encoded), factor)
    answer = issuer.sign(blinded.message)
    authenticator = finalize(key, message, answer, blinded.inverse)
    token = Token(nonce_of(secret), challenge.digest, key.key_id, authenticator)
    return {
        "k": secret.hex(),
        "nonce": token.nonce.hex(),
        "authenticator_input": message.hex(),
        "salt": salt.hex(),
        "encoded": encoded.hex(),
        "factor": factor.to_bytes(256).hex(),
        "inverse": blinded.inverse.to_bytes(256).hex(),
        "request": TokenRequest(key.key_id[-1], blinded.message).to_bytes().hex(),
        "answer": answer.hex(),
        "token": token.to_bytes().hex(),
        "authorization": authorization(token),
    }


def sealing_vectors(kept: dict[str, Any]) -> dict[str, Any]:
    key = SealingKey(drawn("seed", 0))
    sealed = {case["plaintext"]: case["sealed"] for case in kept.get("cases", [])}
    return {
        "about": "Sealed responses: HPKE base mode, MLKEM768-X25519, HKDF-SHA256, AES-256-GCM; bytes as hex",
        "suite": {"kem": 0x647A, "kdf": 1, "aead": 2},
        "seed": key.to_seed().hex(),
        "public_key": key.public.hex(),
        "label": b"subrosa/response/v1".hex(),
        "round": drawn("round", 0).hex(),
        "lengths": [{"record": length, "sealed": sealed_length(length)} for length in (0, 1, 20, 255)],
        "cases": [_sealed(key, number, sealed) for number in range(CASES)],
    }


def _sealed(key: SealingKey, number: int, kept: dict[str, str]) -> dict[str, Any]:
    round_id = drawn("round", 0)
    response = Response(drawn("k", number), REVISIONS[number], STATUSES[number], RECORDS[number])
    nonce, plain = nonce_of(response.secret), response.to_bytes().hex()
    return {
        "k": response.secret.hex(),
        "nonce": nonce.hex(),
        "revision": response.revision,
        "status": response.status.name.lower(),
        "record": response.record.hex(),
        "info": (b"subrosa/response/v1" + round_id + nonce).hex(),
        "plaintext": plain,
        "sealed": kept.get(plain) or SealingPublicKey(key.public).seal(response, round_id).hex(),
    }


def read(name: str) -> dict[str, Any]:
    path = VECTORS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def as_text(vectors: dict[str, Any]) -> str:
    return json.dumps(vectors, indent=1) + "\n"


if __name__ == "__main__":
    for name, make in (("tokens", token_vectors), ("sealing", sealing_vectors)):
        (VECTORS / f"{name}.json").write_text(as_text(make(read(name))), encoding="utf-8")
