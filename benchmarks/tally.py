"""Ballots opened, checked and counted against a bare loop of `Suite.decrypt` and PSS verification, one process."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives import hashes

from aggregation.ballots import Ballot
from aggregation.counting import count
from aggregation.opening import Inspection, open_box
from aggregation.promise import plan_of
from benchmarks.a_round import _PSS, make_ballots, manifest_for, new_keys
from benchmarks.ratios import report, seconds
from survey.rounds.manifest import Manifest
from survey.sealing import SUITE, SealingKey, _info
from survey.tokens import TokenKey, authenticator_input

BALLOTS = int(os.environ.get("BALLOTS", "100000"))
TURNS = 10


def run() -> None:
    keys = new_keys()
    manifest, key = manifest_for(keys), SealingKey(keys.seed)
    ballots = make_ballots(keys, BALLOTS)
    ours, bare = [], []
    for turn in range(TURNS):
        part = ballots[turn * len(ballots) // TURNS : (turn + 1) * len(ballots) // TURNS]
        bare.append(len(part) / seconds(lambda part=part: _bare(manifest, key, part)))  # type: ignore[misc]
        ours.append(len(part) / seconds(lambda part=part: _ours(manifest, key, part)))  # type: ignore[misc]
    report(f"Tally of {BALLOTS:,} ballots", "ballots", ours, bare, 0.75, "a bare loop of decrypt and verify")


def _ours(manifest: Manifest, key: SealingKey, ballots: list[Ballot]) -> None:
    inspection = Inspection()
    workload, _ = plan_of(manifest.form, manifest.promise)
    count(manifest.form, workload, open_box(manifest, key, ballots, inspection))
    assert inspection.counted == len(ballots)


def _bare(manifest: Manifest, key: SealingKey, ballots: list[Ballot]) -> None:
    public, verifier, digest = TokenKey.from_spki(manifest.token_key).verifier, manifest.verifier, hashes.SHA384()
    for ballot in ballots:
        message = authenticator_input(ballot.nonce, verifier.challenge_digest, verifier.key_id)
        public.verify(ballot.authenticator, message, _PSS, digest)
        SUITE.decrypt(ballot.sealed, key._private, info=_info(manifest.id_bytes, ballot.nonce))
