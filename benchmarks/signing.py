"""Tokens signed and re-verified against OpenSSL's own RSA-2048 signing, without HTTP or database."""

from __future__ import annotations

import re
import secrets
import subprocess

from benchmarks.ratios import report, seconds
from survey.registrar.issuing import Issuer

TURNS = 5
SIGNATURES = 3000


def run() -> None:
    issuer = Issuer.generate()
    ours, bare = [], []
    for _ in range(TURNS):
        bare.append(_openssl_speed())
        blinded = [secrets.randbelow(issuer.modulus).to_bytes(issuer.size) for _ in range(SIGNATURES)]
        ours.append(SIGNATURES / seconds(lambda blinded=blinded: [issuer.sign(b) for b in blinded]))  # type: ignore[misc]
    report("Blind signatures", "tokens", ours, bare, 0.6, "`openssl speed rsa2048`")


def _openssl_speed() -> float:
    """RSA-2048 private operations a second, as OpenSSL measures itself."""
    answer = subprocess.run(
        ["openssl", "speed", "-mr", "-seconds", "2", "rsa2048"], check=True, capture_output=True, text=True
    )
    # Machine-readable: +F2:<algorithm>:<bits>:<signs a second or seconds a sign>:<verifies …>
    line = next(line for line in answer.stdout.splitlines() if line.startswith("+F2:"))
    value = float(re.split(":", line)[3])
    return value if value > 1 else 1 / value
