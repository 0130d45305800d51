"""Rounds that can be put beside each other: small forms, people who answer in given proportions, days that follow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from release_rounds import HOST_KEY, TERM, WISHES, Round, make_manifest

from aggregation.counting import count
from aggregation.opening import OpenedBatch
from aggregation.promise import plan_of
from privacy.ledger import Ledger, Term
from privacy.measure import Charge, measure
from reports.additions.beside import beside_bytes, taken_from
from reports.signing import SIGNATURE, SUMS, sign_sums
from survey.forms.codec import encode
from survey.forms.loading import form_from_toml
from survey.forms.model import Form
from survey.rounds.closing import State, Statement, sign_statement
from survey.rounds.manifest import sign_manifest

_MADE: dict[str, dict[str, bytes]] = {}  # by the digest of the ledger entry, which covers the measurement
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))

PULSE = """
id = "pulse"
title = "Pulse"
intro = "For tests."

[[page]]
title = "All of it"
why = "Figures are split by team."

[[page.question]]
id = "team"
kind = "choice"
label = "Team"
cohort = true
options = [{ id = "red", label = "Red" }, { id = "blue", label = "Blue" }]

[[page.question]]
id = "first"
kind = "ranking"
label = "What comes first"
top = 2
options = [{ id = "keep", label = "Keeping people" }, { id = "hire", label = "Hiring" }, { id = "pay", label = "Pay" }]

[[page.question]]
id = "heard"
kind = "choice"
label = "Are you heard?"
options = [{ id = "yes", label = "Yes" }, { id = "no", label = "No" }]
"""

ANSWERS: Mapping[str, Mapping[object, int]] = {
    "team": {"red": 1, "blue": 1},
    "first": {("keep", "hire"): 1, ("hire", "pay"): 2, ("pay",): 1},
    "heard": {"yes": 1, "no": 1},
}


def pulse(*changes: tuple[str, str]) -> Form:
    text = PULSE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return form_from_toml(text)


def held(
    folder: Path,
    name: str,
    month: int,
    answers: Mapping[str, Mapping[object, int]] = ANSWERS,
    *,
    form: Form | None = None,
    people: int = 600,
    key: Ed25519PrivateKey = HOST_KEY,
    society: str = "Society of the Rose",
) -> Round:
    """A round of a month, closed on the first of the next. answers: what how many of the people say, as parts."""
    form = form or pulse()
    manifest = replace(
        make_manifest(form, WISHES, society),
        name=name,
        opens=datetime(2026, month, 1, tzinfo=UTC),
        closes=datetime(2026, month + 1, 1, tzinfo=UTC),
        closes_latest=datetime(2026, month + 1, 1, tzinfo=UTC),
        host_key=key.public_key().public_bytes_raw(),
    )
    workload, allocation = plan_of(form, manifest.promise)
    records = [np.frombuffer(encode(form, one), np.uint8) for one in _people(form, answers, people)]  # type: ignore[arg-type]
    counts = count(form, workload, [OpenedBatch(np.stack(records))])
    term = Term(date(2026, 1, 1), date(2026, 12, 31), TERM.epsilon, TERM.delta)
    place = folder / name
    place.mkdir()
    ledger = Ledger.open(place / "tally.sqlite", term, lambda: date(2026, month + 1, 2))
    measurement = measure(ledger, Charge(manifest.id, WISHES.minimum_responses), counts, allocation)
    statement = Statement(manifest.id, State.CLOSED, manifest.closes, 1)
    served, closing = sign_manifest(manifest, key), sign_statement(statement, key)
    return Round(manifest, served, closing, measurement, ledger.entries()[-1])


def _people(form: Form, answers: Mapping[str, Mapping[object, int]], people: int) -> Iterator[dict[str, object]]:
    """As many as there are parts say the same, over and over; each question in steps of its own."""
    flow = {question.id: question.show_if for question in form.questions}
    lists = {name: [said for said, parts in of.items() for _ in range(parts)] for name, of in answers.items()}
    strides = dict(zip(lists, (1, 2, 8, 32), strict=False))
    for at in range(people):
        given = {name: said[at // strides[name] % len(said)] for name, said in lists.items()}
        yield {
            name: said for name, said in given.items() if (on := flow[name]) is None or given[on.question] in on.any_of
        }


def signed_files(made: Round, key: Ed25519PrivateKey = HOST_KEY) -> dict[str, bytes]:
    """Its release as it lies in a folder."""
    if made.entry.digest not in _MADE:
        _MADE[made.entry.digest] = made.files()
    files = _MADE[made.entry.digest]
    return {**files, SIGNATURE: sign_sums(files[SUMS], key)}


def beside(here: Round, others: Sequence[tuple[Round, Ed25519PrivateKey]]) -> bytes:
    return beside_bytes(here.manifest, [taken_from(signed_files(other, key)) for other, key in others])
