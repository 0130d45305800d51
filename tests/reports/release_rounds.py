"""Rounds for the tests of releases: a form, invented people, a real measurement of them, and its ledger entry."""

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aggregation.counting import count
from aggregation.opening import OpenedBatch
from aggregation.promise import make_promise, plan_of
from aggregation.wishes import Wishes
from privacy.documents import canonical
from privacy.ledger import Entry, Ledger, Term
from privacy.measure import Charge, measure
from privacy.measurement import Measurement
from privacy.residuals import needed_by, residual
from reports.release import build_release, write_release
from reports.signing import SUMS, sums
from reports.versions import installed_versions
from survey.forms.codec import Answers, encode
from survey.forms.domains import answer_ids
from survey.forms.loading import form_from_toml, load_form
from survey.forms.model import (
    Amount,
    Choice,
    Choices,
    Form,
    Okr,
    Question,
    Ranking,
    Scale,
    Score,
)
from survey.rounds.closing import State, Statement, sign_statement
from survey.rounds.eligibility import CODES_ONLY
from survey.rounds.manifest import Manifest, Service, sign_manifest
from survey.rounds.promise import PromisedTerm
from survey.sealing import PUBLIC_BYTES
from survey.tokens import TokenKey

HOST_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TERM = PromisedTerm("2026-01-01", "2026-12-31", 9.0, 1e-6)
VERSIONS = installed_versions()
MODULUS = (1 << 2047) + int.from_bytes(hashlib.sha512(b"a modulus that nobody can factor").digest()) | 1

TINY_FORM = """
id = "tiny"
title = "Three small questions"
intro = "For tests."

[[page]]
title = "All of them"
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
points = 3

[[page.question]]
id = "tools"
kind = "choices"
label = "Tools"
at_most = 2
show_if = { question = "team", any_of = ["red"] }
options = [{ id = "saw", label = "Saw" }, { id = "axe", label = "Axe" }, { id = "none", label = "None", alone = true }]
"""

WISHES = Wishes(
    respondents=300,
    epsilon=3.0,
    delta=1e-6,
    min_cohort=10,
    minimum_responses=30,
    usable_margin=0.15,
    beta=0.05,
    by=(("team",),),
    split_only=(),
    cohort_shares={},
    accept_imprecise=True,
)


@dataclass(frozen=True)
class Round:
    """What a release is made of."""

    manifest: Manifest
    served: bytes
    closing: bytes | None
    measurement: Measurement
    entry: Entry

    def files(self) -> dict[str, bytes]:
        return build_release(self.served, self.closing, self.measurement, self.entry, VERSIONS)


def publish(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write and sign a release, its digests made anew: whatever the files hold, the host stands for it."""
    listed = {name: data for name, data in files.items() if name != SUMS}
    write_release(folder, listed | {SUMS: sums(listed)}, HOST_KEY)
    return folder


def tiny_form() -> Form:
    return form_from_toml(TINY_FORM)


def seven_kinds() -> Form:
    """Every kind of question, an okr of several rows, and two cohorts: small enough to be tabled by both."""
    return load_form(Path(__file__).resolve().parents[1] / "host" / "seven_kinds.toml")


def make_manifest(form: Form, wishes: Wishes, society: str = "Society of the Rose") -> Manifest:
    return Manifest(
        name="test-2026",
        society=society,
        contact="host@example.org",
        form=form,
        opens=datetime(2026, 3, 1, tzinfo=UTC),
        closes=datetime(2026, 4, 1, tzinfo=UTC),
        closes_latest=datetime(2026, 5, 1, tzinfo=UTC),
        services=(
            Service("intake", "Intake Ltd", "https://intake.example.org"),
            Service("registrar", "The society's office", "https://registrar.example.org"),
            Service("tally", "Two members of the board", ""),
        ),
        issuer_name="registrar.example.org",
        origin_info="intake.example.org",
        token_key=TokenKey.from_modulus(MODULUS).spki,
        sealing_key=bytes(PUBLIC_BYTES),
        host_key=HOST_KEY.public_key().public_bytes_raw(),
        eligibility=CODES_ONLY,
        promise=make_promise(form, wishes, TERM),
    )


def make_round(
    folder: Path, form: Form, wishes: Wishes = WISHES, people: int = 300, society: str = "Society of the Rose"
) -> Round:
    """Invented people answer, are counted, and measured with a ledger in `folder`."""
    manifest = make_manifest(form, wishes, society)
    workload, allocation = plan_of(form, manifest.promise)
    rng = random.Random(people)
    records = [np.frombuffer(encode(form, answers(form, rng)), np.uint8) for _ in range(people)]
    counts = count(form, workload, [OpenedBatch(np.stack(records))])
    term = Term(date(2026, 1, 1), date(2026, 12, 31), TERM.epsilon, TERM.delta)
    ledger = Ledger.open(folder / "tally.sqlite", term, lambda: date(2026, 4, 2))
    measurement = measure(ledger, Charge(manifest.id, wishes.minimum_responses), counts, allocation)
    statement = Statement(manifest.id, State.CLOSED, datetime(2026, 4, 1, tzinfo=UTC), 1)
    return Round(
        manifest,
        sign_manifest(manifest, HOST_KEY),
        sign_statement(statement, HOST_KEY),
        measurement,
        ledger.entries()[-1],
    )


def answers(form: Form, rng: random.Random) -> Answers:
    """One invented person's answers, some options being more common than others."""
    given: dict[str, object] = {}
    for question in form.questions:
        asked = question.show_if is None or given.get(question.show_if.question) in question.show_if.any_of
        if asked and rng.random() > 0.05:
            given[question.id] = _answer(question, rng)
    return given  # type: ignore[return-value]


def _answer(question: Question, rng: random.Random) -> object:
    match question:
        case Choice() | Amount() | Score():
            return _skewed(answer_ids(question), 1, rng)[0]
        case Scale():
            return int(_skewed(answer_ids(question), 1, rng)[0])
        case Ranking():
            return tuple(_skewed(answer_ids(question), rng.randint(1, question.top), rng))
        case Choices():
            alone = [option.id for option in question.options if option.alone]
            if alone and rng.random() < 0.1:
                return (alone[0],)
            free = [option.id for option in question.options if not option.alone]
            most = min(question.at_most, len(free), 4)
            return tuple(_skewed(free, rng.randint(1, most), rng))
        case Okr():
            return tuple(set(_okr_rows(question, rng)))


def _okr_rows(question: Okr, rng: random.Random) -> Iterator[tuple[str, str, str]]:
    objectives = _skewed([o.id for o in question.objectives], rng.randint(1, question.rows), rng)
    for objective in objectives:
        yield (
            objective,
            _skewed([o.id for o in question.key_results], 1, rng)[0],
            _skewed([o.id for o in question.progress], 1, rng)[0],
        )


def _skewed(ids: object, many: int, rng: random.Random) -> list[str]:
    pool, chosen = list(ids), []  # type: ignore[call-overload]
    for _ in range(many):
        weights = [1 / (place + 2) for place in range(len(pool))]
        chosen.append(rng.choices(pool, weights)[0])
        pool.remove(chosen[-1])
    return chosen


def with_values(made: Round, table: str, values: object) -> Round:
    """The same round with residuals that make one table exactly these noisy values, and others agree with it."""
    workload, named = made.measurement.workload, made.measurement.workload.table(table)
    array = np.array(values, np.int64).reshape(workload.shape(table))
    residuals = dict(made.measurement.residuals)
    for axes in needed_by(workload, named):
        dropped = tuple(index for index, name in enumerate(named.axes) if name not in axes)
        kept = [name for name in named.axes if name in axes]
        marginal = array.sum(axis=dropped).transpose([kept.index(name) for name in axes])
        residuals[axes] = replace(residuals[axes], values=residual(workload, axes, np.asarray(marginal)))
    measurement = replace(made.measurement, residuals=residuals)
    return replace(made, measurement=measurement, entry=charged_for(measurement, made.entry))


def charged_for(measurement: Measurement, entry: Entry) -> Entry:
    """The entry as a ledger would have written it for this measurement."""
    changed = replace(entry, measurement=hashlib.sha256(canonical(measurement.to_json())).hexdigest())
    return replace(changed, digest=changed.expected_digest())
