"""A small real round for tests: its keys, its signed manifest, and members who go the whole way through it."""

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey.forms.codec import record_length
from survey.forms.loading import form_from_toml
from survey.forms.model import Form
from survey.registrar.issuing import Issuer
from survey.respondent.ticket import Ticket, new_ticket, redeem, seal
from survey.rounds.eligibility import CODES_ONLY
from survey.rounds.manifest import Manifest, Service, sign_manifest
from survey.rounds.promise import Promise, PromisedAxis, PromisedNoise, PromisedTable, PromisedTerm
from survey.sealing import SealingKey, Status, sealed_length
from survey.tokens import Token

OPENS = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=30)
CLOSES_LATEST = OPENS + timedelta(days=60)
DURING = OPENS + timedelta(days=1)

SMALL_FORM = """
id = "small"
title = "A small form"
intro = "For tests."

[[page]]
title = "You"
why = "Figures are split by team."

[[page.question]]
id = "team"
kind = "choice"
label = "Team"
cohort = true
options = [{ id = "red", label = "Red" }, { id = "blue", label = "Blue" }]

[[page.question]]
id = "mood"
kind = "scale"
label = "Mood"
points = 5
"""


@cache
def small_form() -> Form:
    return form_from_toml(SMALL_FORM)


@cache
def issuer_of(name: str) -> Issuer:
    """One RSA key a name and test run: they are slow to make."""
    return Issuer.generate()


def small_promise() -> Promise:
    """A promise in form; tests of the tally make real ones."""
    return Promise(
        epsilon=1.0,
        delta=1e-6,
        rho=0.02,
        replacement_epsilon=2.0,
        question_epsilon=0.5,
        respondents=100,
        minimum_responses=10,
        min_cohort=10,
        beta=0.05,
        usable_margin=0.1,
        weigh="usable",
        term=PromisedTerm("2026-01-01", "2026-12-31", 3.0, 1e-6),
        axes=(PromisedAxis("team", 3, 1, (2,)),),
        noise=(PromisedNoise((), 0.01, 7.1), PromisedNoise(("team",), 0.01, 17.4)),
        tables=(
            PromisedTable("@", (), (), 7.1, None, 1, 1.0, 0.0),
            PromisedTable("@team", ("team",), (), 6.2, 0.25, 3, 2.5, 0.1),
        ),
    )


@dataclass(frozen=True)
class Member:
    """Someone who has spent her code: her ticket and her token."""

    ticket: Ticket = field(repr=False)
    token: Token = field(repr=False)


@dataclass(frozen=True)
class Round:
    """A round with all its private keys."""

    issuer: Issuer
    sealing: SealingKey
    host: Ed25519PrivateKey
    manifest: Manifest
    served: bytes

    @property
    def record(self) -> bytes:
        """Answers that fit the small form."""
        return bytes([1, 3]).ljust(record_length(self.manifest.form), b"\0")

    @property
    def sealed_length(self) -> int:
        return sealed_length(record_length(self.manifest.form))

    def member(self) -> Member:
        ticket = new_ticket(self.manifest)
        return Member(ticket, redeem(self.manifest, ticket, self.issuer.sign(ticket.blinded_message)))

    def seal(
        self, member: Member, record: bytes | None = None, revision: int = 1, status: Status = Status.ANSWERS
    ) -> bytes:
        return seal(self.manifest, member.ticket, revision, status, self.record if record is None else record)


def make_round(
    name: str = "spring",
    issuer: str = "issuer",
    form: Form | None = None,
    promise: Promise | None = None,
    registrar_url: str = "https://registrar.example",
    intake_url: str = "https://intake.example",
) -> Round:
    """A round whose keys, but for the issuer's, follow from its name."""
    sealing = SealingKey(hashlib.sha256(b"sealing" + name.encode()).digest())
    host = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"host" + name.encode()).digest())
    manifest = Manifest(
        name=name,
        society="The Society",
        contact="host@society.example",
        form=form or small_form(),
        opens=OPENS,
        closes=CLOSES,
        closes_latest=CLOSES_LATEST,
        services=(
            Service("intake", "Intake Ltd", intake_url),
            Service("registrar", "Registrar Ltd", registrar_url),
            Service("tally", "The hosts", ""),
        ),
        issuer_name="registrar.example",
        origin_info="intake.example",
        token_key=issuer_of(issuer).public.spki,
        sealing_key=sealing.public,
        host_key=host.public_key().public_bytes_raw(),
        eligibility=CODES_ONLY,
        promise=promise or small_promise(),
    )
    return Round(issuer_of(issuer), sealing, host, manifest, sign_manifest(manifest, host))


def changed(round_: Round, **changes: object) -> Round:
    """The same round with other words in its manifest, signed again."""
    manifest = replace(round_.manifest, **changes)
    return replace(round_, manifest=manifest, served=sign_manifest(manifest, round_.host))


@dataclass
class SetClock:
    """A clock that stands where it is put."""

    time: datetime = DURING

    def __call__(self) -> datetime:
        return self.time


def rows(database: Path, query: str, parameters: Iterable[object] = ()) -> list[tuple[object, ...]]:
    """What another process would read of a database now: committed rows only."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(query, tuple(parameters)).fetchall()
    finally:
        connection.close()
