"""What a release is made of, to measure with: a made-up form of every kind of question, and random answers to it."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aggregation.counting import count
from aggregation.opening import OpenedBatch
from aggregation.promise import make_promise, plan_of
from aggregation.wishes import Wishes
from benchmarks.a_round import Keys
from privacy.ledger import Entry, Ledger, Term
from privacy.measure import Charge, measure
from privacy.measurement import Measurement
from survey.forms.codec import encode
from survey.forms.domains import answer_ids
from survey.forms.loading import form_from_toml
from survey.forms.model import Choices, Form, Okr, Question, Ranking, Scale
from survey.registrar.issuing import Issuer
from survey.rounds.eligibility import CODES_ONLY
from survey.rounds.manifest import Manifest, Service, sign_manifest
from survey.rounds.promise import PromisedTerm
from survey.sealing import SealingKey

_HOST = Ed25519PrivateKey.from_private_bytes(bytes(32))
_TERM = PromisedTerm("2026-01-01", "2099-12-31", 9.0, 1e-6)
_OPTIONS = ", ".join(f'{{ id = "o{at}", label = "Answer number {at} of these" }}' for at in range(8))
_KINDS = (
    f'kind = "choice"\noptions = [{_OPTIONS}]',
    f'kind = "choices"\nat_most = 3\noptions = [{_OPTIONS}]',
    f'kind = "ranking"\ntop = 3\noptions = [{_OPTIONS}]',
    'kind = "scale"\npoints = 5',
    'kind = "amount"\nunit = "EUR"\nlower = 10\nupper = 100_000\nper_decade = 4',
)
_COHORT = ", ".join(f'{{ id = "c{at}", label = "Group number {at}" }}' for at in range(5))


@dataclass(frozen=True, slots=True)
class Parts:
    """The manifest as served, the measurement, and its ledger entry."""

    served: bytes
    measurement: Measurement
    entry: Entry


def made_of(keys: Keys, questions: int, cohorts: int, people: int) -> Parts:
    """So many questions, each split by so many cohort questions, answered by so many people and measured."""
    manifest = _manifest(keys, _form(questions, cohorts), cohorts, people)
    form, drawing = manifest.form, random.Random(people)
    workload, allocation = plan_of(form, manifest.promise)
    records = np.stack([np.frombuffer(encode(form, _answers(form, drawing)), np.uint8) for _ in range(people)])
    counts = count(form, workload, [OpenedBatch(records)])
    term = Term(date.fromisoformat(_TERM.start), date.fromisoformat(_TERM.end), _TERM.epsilon, _TERM.delta)
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(Path(folder) / "tally.sqlite", term, lambda: date(2026, 4, 2))
        measurement = measure(ledger, Charge(manifest.id, 30), counts, allocation)
        return Parts(sign_manifest(manifest, _HOST), measurement, ledger.entries()[-1])


def _form(questions: int, cohorts: int) -> Form:
    """Cohort questions first, then every kind in turn."""
    text = (
        'id = "made-up"\ntitle = "A made-up form"\nintro = "To measure with."\n[[page]]\ntitle = "All"\nwhy = "All"\n'
    )
    for at in range(cohorts):
        text += f'[[page.question]]\nid = "by{at}"\nlabel = "Cohort {at}"\ncohort = true\nkind = "choice"\n'
        text += f"options = [{_COHORT}]\n"
    for at, kind in enumerate(islice(cycle(_KINDS), questions)):
        text += f'[[page.question]]\nid = "q{at}"\nlabel = "What do you say to question number {at}?"\n{kind}\n'
    return form_from_toml(text)


def _manifest(keys: Keys, form: Form, cohorts: int, people: int) -> Manifest:
    by = tuple((f"by{at}",) for at in range(cohorts))
    wishes = Wishes(people, 8.9, 1e-6, 10, 30, 0.2, 0.05, by, (), {}, accept_imprecise=True)
    return Manifest(
        name="bench",
        society="bench",
        contact="bench",
        form=form,
        opens=datetime(2026, 1, 1, tzinfo=UTC),
        closes=datetime(2026, 4, 1, tzinfo=UTC),
        closes_latest=datetime(2026, 4, 1, tzinfo=UTC),
        services=tuple(Service(role, "bench", url) for role, url in _URLS.items()),
        issuer_name="127.0.0.1:1",
        origin_info="127.0.0.1:2",
        token_key=Issuer(keys.issuer).public.spki,
        sealing_key=SealingKey(keys.seed).public,
        host_key=_HOST.public_key().public_bytes_raw(),
        eligibility=CODES_ONLY,
        promise=make_promise(form, wishes, _TERM),
    )


_URLS = {"intake": "http://127.0.0.1:2", "registrar": "http://127.0.0.1:1", "tally": ""}


def _answers(form: Form, drawing: random.Random) -> Any:
    return {question.id: _answer(question, drawing) for question in form.questions}


def _answer(question: Question, drawing: random.Random) -> object:
    """Any of what may be answered; the kinds of `_KINDS` alone."""
    assert not isinstance(question, Okr)
    ids = list(answer_ids(question))
    if isinstance(question, Ranking | Choices):
        return tuple(drawing.sample(ids, 2))
    chosen = ids[min(drawing.randrange(len(ids)), drawing.randrange(len(ids)))]
    return int(chosen) if isinstance(question, Scale) else chosen
