"""Vectors of the record codec and of brackets, for clients in other languages.

``PYTHONPATH=. python tests/survey/forms/form_vectors.py`` writes them again after a wanted change; a test
holds them to the code.
"""

import json
import random
from pathlib import Path
from typing import Any

from form_samples import every_kind, label_of, mutated, some_answers, some_batch

from survey.forms.brackets import (
    bin_ids,
    bin_of,
    bin_starts,
    bracket_ids,
    bracket_labels,
    bracket_of,
    edges_per_decade,
    in_base_unit,
)
from survey.forms.codec import InvalidAnswer, InvalidRecord, decode, encode, record_length, slots
from survey.forms.domains import answer_ids
from survey.forms.loading import bundled, canonical_form, form_digest
from survey.forms.model import Amount, Form, Option, Score

VECTORS = Path(__file__).parents[2] / "vectors"

# for the form with every kind: slot -> codes from there on, all else 0
BROKEN_RECORDS = [
    ("a code above the last option", 0, [4]),
    ("an answer behind a question that was answered otherwise", 0, [2, 1]),
    ("an answer behind a question without an answer", 1, [1]),
    ("an answer behind a question that was itself not asked", 0, [2, 0, 0, 0, 0, 0, 0, 0, 3]),
    ("choices that are not ascending", 2, [3, 2, 0]),
    ("choices that repeat", 2, [2, 2, 0]),
    ("choices with a gap", 2, [0, 2, 0]),
    ("an option that stands alone beside another", 2, [1, 2, 0]),
    ("a choice above the last option", 2, [6, 0, 0]),
    ("a ranking with a gap", 5, [1, 0, 2]),
    ("a ranking that repeats", 5, [1, 2, 1]),
    ("a score above the last bin", 9, [5]),
    ("an amount above the last bracket", 10, [8]),
    ("an okr row without progress", 11, [1, 1, 0]),
    ("an okr row without an objective", 11, [0, 1, 1]),
    ("an okr code above its column", 11, [1, 1, 3]),
    ("an empty okr row before a full one", 11, [0, 0, 0, 1, 1, 1]),
    ("okr rows that are not rising", 11, [1, 2, 1, 1, 1, 1]),
    ("an okr pair that repeats", 11, [1, 1, 1, 1, 1, 2]),
]

BROKEN_ANSWERS = [
    ("an unknown question", {"age": "40"}),
    ("an unknown option", {"team": "delta"}),
    ("too many choices", {"tools": ["saw", "axe", "drill", "plane"]}),
    ("a choice twice", {"tools": ["saw", "saw"]}),
    ("an option that stands alone beside another", {"tools": ["none", "saw"]}),
    ("too many ranks", {"first_things": ["a", "b", "c", "d"]}),
    ("a rank twice", {"first_things": ["a", "b", "a"]}),
    ("a point above the scale", {"team": "alpha", "lead": "yes", "mood": 3}),
    ("a point that is text", {"team": "alpha", "lead": "yes", "mood": "1"}),
    ("an amount that is not a bracket", {"pay": "0-11"}),
    ("an answer that was not asked", {"team": "beta", "lead": "yes"}),
    ("an okr pair twice", {"okrs": [["grow", "churn", "late"], ["grow", "churn", "done"]]}),
    ("an okr row that is not whole", {"okrs": [["grow", "churn"]]}),
]

AMOUNTS: list[dict[str, Any]] = [
    {"edges": (-50, -10, 0, 10, 50), "zero": "Nothing", "units": (("EUR", 1.0), ("USD", 1.08))},
    {"edges": (-50, -10, 0, 10, 50), "zero": None, "units": ()},
    {"edges": edges_per_decade(10, 100_000, 8), "zero": "Nothing", "units": (("EUR", 1.0), ("JPY", 163.5))},
    {"edges": (0,), "zero": "Nothing", "units": ()},
    {"edges": (7,), "zero": None, "units": (("EUR", 1.0),)},
    {"edges": (1, 2, 3, 5, 8, 12, 16, 20), "zero": None, "units": ()},
]

DECADES = [(10, 1000, 8), (1, 100, 1), (20, 90, 3), (10, 100_000, 8), (5, 5_000_000, 7), (250, 10**15, 4)]
SCORES = [(2, 5, 4), (4, 5, 6), (1, 3, 3), (22, 7, 12)]


def record_vectors() -> dict[str, Any]:
    """What ``tests/vectors/records.json`` holds."""
    return {
        "about": "Forms in canonical form, and records of answers to them. Records are hex.",
        "forms": [_form(every_kind(), 1), _form(bundled("stackoverflow"), 2)],
        "invalid_answers": [_refused_answers(every_kind(), *case) for case in BROKEN_ANSWERS],
    }


def _form(form: Form, seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    people = [{}, *(some_answers(form, chance) for _ in range(12))]
    broken = BROKEN_RECORDS if form.id == "every-kind" else [("a code above the last option", 0, [255])]
    return {
        "form": canonical_form(form),
        "digest": form_digest(form),
        "length": record_length(form),
        "slots": {name: [place.start, place.stop] for name, place in slots(form).items()},
        "answer_ids": {
            question.id: list(answer_ids(question)) for question in form.questions if question.kind != "okr"
        },
        "valid": [{"answers": _plain(answers), "record": encode(form, answers).hex()} for answers in people],
        "invalid": [_broken(form, *case) for case in broken] + _wrong_lengths(form),
        "judged": [_judged(form, row.tobytes()) for row in mutated(some_batch(form, chance, 60), chance)],
    }


def _plain(answers: Any) -> Any:
    """As JSON has it: tuples are lists."""
    return json.loads(json.dumps(answers))


def _broken(form: Form, reason: str, slot: int, codes: list[int]) -> dict[str, str]:
    record = bytearray(record_length(form))
    record[slot : slot + len(codes)] = bytes(codes)
    return {"reason": reason, "record": record.hex()} | _judged(form, bytes(record))


def _wrong_lengths(form: Form) -> list[dict[str, Any]]:
    length = record_length(form)
    return [
        {"reason": reason} | _judged(form, bytes(wrong))
        for reason, wrong in (("no byte", 0), ("a byte too few", length - 1), ("a byte too many", length + 1))
    ]


def _judged(form: Form, record: bytes) -> dict[str, Any]:
    """The answers of a record, or the question that it breaks ("" for the whole)."""
    try:
        return {"record": record.hex(), "answers": _plain(decode(form, record))}
    except InvalidRecord as error:
        return {"record": record.hex(), "breaks": error.question}


def _refused_answers(form: Form, reason: str, answers: dict[str, Any]) -> dict[str, Any]:
    try:
        encode(form, answers)
    except InvalidAnswer as error:
        return {"form": form.id, "reason": reason, "answers": answers, "question": error.question}
    raise AssertionError(reason)


def bracket_vectors() -> dict[str, Any]:
    """What ``tests/vectors/brackets.json`` holds."""
    return {
        "about": "Amounts to brackets and sums to bins. A value in a unit is divided by its rate first.",
        "refused": ["NaN", "Infinity", "-Infinity"],
        "amounts": [_amount(**case) for case in AMOUNTS],
        "edges": [
            {
                "lower": lower,
                "upper": upper,
                "per_decade": count,
                "edges": edges_per_decade(lower, upper, count),
            }
            for lower, upper, count in DECADES
        ],
        "scores": [_score(*case) for case in SCORES],
    }


def _amount(edges: tuple[int, ...], zero: str | None, units: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    label = label_of("Amount")
    amount = Amount("amount", label, label, units, edges, label_of(zero) if zero else None)
    values = {0.0, 5e-324, -5e-324, 1e300, -1e300, 0.1 + 0.2}
    values |= {edge + shift for edge in edges for shift in (-1, -0.5, -1e-9, 0.0, 1e-9, 0.5)}
    cases: list[dict[str, Any]] = [{"value": value, "id": bracket_of(amount, value)} for value in sorted(values)]
    cases.append({"value": -0.0, "id": bracket_of(amount, -0.0)})
    for unit, rate in units:
        for value in sorted({edge * rate * by for edge in edges for by in (0.999999, 1, 1.000001)}):
            found = bracket_of(amount, in_base_unit(amount, value, unit))
            cases.append({"value": value, "unit": unit, "id": found})
    return {
        "edges": edges,
        "zero": zero,
        "units": dict(units),
        "ids": bracket_ids(amount),
        "labels": {language: bracket_labels(amount, language) for language in ("en", "es", "de")},
        "cases": cases,
    }


def _score(items: int, points: int, bins: int) -> dict[str, Any]:
    options = tuple(Option(f"i{index}", label_of("Item")) for index in range(items))
    score = Score("score", label_of("Score"), points, options, bin_starts(items, points, bins))
    sums = {str(total): bin_of(score, total) for total in range(items, items * points + 1)}
    return {"items": items, "points": points, "starts": score.starts, "ids": bin_ids(score), "sums": sums}


def as_text(vectors: dict[str, Any]) -> str:
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (VECTORS / "records.json").write_text(as_text(record_vectors()), encoding="utf-8")
    (VECTORS / "brackets.json").write_text(as_text(bracket_vectors()), encoding="utf-8")
