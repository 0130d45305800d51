"""Submissions accepted against an empty Flask handler on the same server and database that only inserts a row."""

from __future__ import annotations

import http.client
import os
import secrets
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask, Response, request
from sqlalchemy import Column, LargeBinary, MetaData, Table, insert

from aggregation.ballots import Ballot
from benchmarks.a_round import make_ballots, manifest_for, new_keys
from benchmarks.ratios import report, seconds
from host.config import Party
from host.ports import free_port
from host.serving import RoleServer, server_settings
from storage.opening import open_database
from storage.transactions import writing
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import Manifest, sign_manifest
from survey.tokens import Token, authorization

TURNS = 3
SUBMISSIONS = int(os.environ.get("SUBMISSIONS", "2000"))
CLIENTS = 8


def run() -> None:
    keys = new_keys()
    manifest = manifest_for(keys)
    ours, bare = [], []
    for _ in range(TURNS):
        ballots = make_ballots(keys, SUBMISSIONS)
        secrets.SystemRandom().shuffle(ballots)
        for kind, rates in (("bare", bare), ("intake", ours)):
            rates.append(SUBMISSIONS / _time_one(kind, manifest, ballots))
    report("Submissions", "responses", ours, bare, 0.5, "an empty handler that inserts a row")


def _time_one(kind: str, manifest: Manifest, ballots: list[Ballot]) -> float:
    """Seconds for all submissions to a fresh server of this kind, on a fresh database."""
    with tempfile.TemporaryDirectory() as folder:
        host_key = Ed25519PrivateKey.from_private_bytes(bytes(32))
        RoundsFolder(Path(folder) / "rounds").add(sign_manifest(manifest, host_key))
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.submissions", kind, str(port), folder]
        server = subprocess.Popen(command)
        try:
            _wait(port, manifest)
            return seconds(lambda: _submit_all(port, manifest, ballots))
        finally:
            server.terminate()
            server.wait()


def _submit_all(port: int, manifest: Manifest, ballots: list[Ballot]) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda part: _submit(port, manifest, part), [ballots[i::CLIENTS] for i in range(CLIENTS)]))


def _submit(port: int, manifest: Manifest, ballots: list[Ballot]) -> None:
    connection, verifier = http.client.HTTPConnection("127.0.0.1", port), manifest.verifier
    for ballot in ballots:
        token = Token(ballot.nonce, verifier.challenge_digest, verifier.key_id, ballot.authenticator)
        headers = {"Authorization": authorization(token), "Subrosa-Revision": "1"}
        connection.request("PUT", f"/v1/rounds/{manifest.id}/response", ballot.sealed, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201, answer.status


def _wait(port: int, manifest: Manifest) -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", f"/v1/rounds/{manifest.id}/manifest")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("The server of the benchmark did not start.")


def _intake(folder: Path) -> Flask:
    from survey.intake.app import create_app  # noqa: PLC0415
    from survey.intake.box import BallotBox  # noqa: PLC0415

    return create_app(RoundsFolder(folder / "rounds"), BallotBox.open(folder / "intake.sqlite"))


def _bare(folder: Path) -> Flask:
    """Reads the body and inserts it under a random key, durably: what any handler that keeps something does."""
    metadata = MetaData()
    rows = Table(
        "rows", metadata, Column("id", LargeBinary(32), primary_key=True), Column("body", LargeBinary),
        sqlite_with_rowid=False,
    )  # fmt: skip
    engine, app = open_database(folder / "bare.sqlite", metadata), Flask("bare")

    @app.put("/v1/rounds/<round_id>/response")
    def put(round_id: str) -> Response:  # noqa: ARG001
        with writing(engine) as connection:
            connection.execute(insert(rows).values(id=secrets.token_bytes(32), body=request.get_data()))
        return Response(status=201)

    return app


def _serve(kind: str, port: int, folder: Path) -> None:
    party = Party("bench", f"http://127.0.0.1:{port}", f"127.0.0.1:{port}")
    RoleServer(server_settings(party, CLIENTS), lambda: (_intake if kind == "intake" else _bare)(folder)).run()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
