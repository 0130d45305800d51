"""`release.json`: what was promised, guaranteed, charged and done, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from privacy.allocation import SetNoise
from privacy.documents import integer, members, positive, text
from privacy.errors import DocumentError
from privacy.ledger import Entry
from privacy.residuals import divisor, l2_squared, replacement_l2_squared
from privacy.workload import Workload
from reports.errors import ReleaseError
from reports.formulas import STATISTICS
from reports.promised import Charged
from reports.sources import source_of
from survey.rounds.any_manifest import AnyManifest

FORMAT: Final = "subrosa/release/v1"

MECHANISM: Final = (
    "The tables were not measured one by one but through residuals, which they share. A table is the sum of one "
    "residual for each subset of its axes that holds all its axes with touches above 1 and none with a single cell; "
    "mechanism.residuals lists them all. To make the residual over some axes, the exact table over them was taken, "
    "and along each of these axes with touches 1 and n cells every cell was multiplied by n and the sum along the "
    "axis taken off. Each cell of a residual then got independent discrete Gaussian noise of the stated scale, drawn "
    "by OpenDP's make_gaussian over integers; counts and exact residuals were discarded. Costs are zero-concentrated "
    "differential privacy (rho) by OpenDP's privacy maps, added up by its composition and converted to (epsilon, "
    "delta) by its make_zCDP_to_approxDP. The total, the residual over no axes, was drawn and charged first; below "
    "the promised minimum nothing else is measured. Everything else in this release is computed from "
    "measurements.json alone."
)
ESTIMATES: Final = (
    "Everything is computed at full precision from measurements.json, and rounded only where it is written. Tables: "
    "along each axis of a residual with touches 1 take off the mean of its values, then divide by its divisor (the "
    "sizes of these axes multiplied). The cells y of a table (column unbiased) are the sum of its residuals, each "
    "repeated along the axes of the table that it lacks and divided by their sizes. Noise: let v = (scale / "
    "divisor)^2 for each residual. Two weighted sums of a table's cells, whose weights are products of weights a and "
    "b on each axis, have a covariance that is the sum over the table's residuals of v times, for each axis of n "
    "cells, sum(a b) - n mean(a) mean(b) if the residual has the axis and touches is 1, mean(a) mean(b) if it lacks "
    "the axis, and sum(a b) if touches is above 1. s^2 is the variance of one cell (weights 1 for it and 0 for all "
    "others; it is the same for all cells) and s is column sd. count = max(y, 0). z = 1.959963984540054. The size "
    "table of a table is the one with the same 'by' and an empty 'of'; t^2 is the variance of its cells. The table "
    "'@', with both empty, is the total. The cells that an axis lists as outside (indexes from 0) are no answer or "
    "not asked; all others are answers, over several axes if they are answers to each. n estimates how many in a "
    "cohort answered, V is its noise variance and C its noise covariance with one of the cohort's answer cells. If "
    "touches is 1 for every axis of 'of', n is the sum of the cohort's answer cells. If not, and 'of' has one axis "
    "with m outside cells, n is the cohort's cell in the size table less the sum of its outside cells, V = t^2 + m "
    "s^2, C = 0; and if 'of' has several, n is not known and there is no share. In a size table every cell is an "
    "answer and shares are of the total: n is the value of '@', V its variance and C the covariance of one cell with "
    "the sum of all. A = max(n, 1). Share p = min(count / A, 1). Noise variance N = max(s^2 + p^2 V - 2 p C, 0) / "
    "A^2. Sampling variance, if respondents were a random sample, S = q (1 - q) / (A + z^2) with q = (p A + z^2 / 2) "
    "/ (A + z^2); in '@' S = 0. margin = z sqrt(N + S), of noise alone z sqrt(N). low = max(p - margin, 0) and high = "
    "min(p + margin, 1) bound the share with 95 percent confidence, given that the figure is shown."
)
THRESHOLD: Final = (
    "A cohort is hidden unless the noisy number who answered, minus its noise quantile at 1 - beta, reaches "
    "min_cohort: n - u sqrt(V) >= min_cohort, n and V as in estimates (in a size table the cohort's own y and s^2), u "
    "the standard normal quantile at 1 - beta; hidden as well if n is not known. Otherwise a figure is uncertain if "
    "the 95 percent margin of its noise alone, z sqrt(N), exceeds usable_margin, and shown if not. Rows that are not "
    "shown have no numbers in tables.csv and none on the page. measurements.json holds every noisy cell, so that "
    "everything can be verified; noise alone protects those."
)


@dataclass(frozen=True, slots=True)
class Record:
    """What of release.json cannot be derived from the other files."""

    entry: Entry
    versions: Mapping[str, str]
    language: str


def record_document(
    manifest: AnyManifest, served: bytes, closing: bytes | None, charged: Charged, record: Record
) -> dict[str, Any]:
    """JSON types only; the same arguments always give the same document."""
    promise, entry, source = manifest.promise, record.entry, source_of(manifest)
    return {
        "format": FORMAT,
        "round": manifest.id,
        "name": manifest.name,
        "society": manifest.society,
        "complete": entry.kind == "measured",
        "source": manifest.source,
        "collected": source.collected,
        "unit": source.unit,
        "guarantee": charged.guarantee.to_json(),
        "questions": [asdict(share) for share in charged.questions],
        "charged": {"rho": charged.rho, "epsilon": charged.epsilon, "delta": promise.delta},
        "ledger": asdict(entry),
        "mechanism": {
            "name": "residual queries with discrete Gaussian noise",
            "words": MECHANISM,
            "rho": charged.allocation.rho,
            "weigh": promise.weigh,
            "residuals": [_residual(charged.workload, noise) for noise in charged.allocation.entries],
        },
        "estimates": {"words": ESTIMATES, "confidence": 0.95},
        "statistics": {"words": STATISTICS, "confidence": 0.95},
        "threshold": {
            "words": THRESHOLD,
            "minimum_responses": promise.minimum_responses,
            "min_cohort": promise.min_cohort,
            "beta": promise.beta,
            "usable_margin": promise.usable_margin,
        },
        "versions": dict(sorted(record.versions.items())),
        "language": record.language,
        "manifest": json.loads(served),
        "closing": None if closing is None else json.loads(closing),
    }


def _residual(workload: Workload, noise: SetNoise) -> dict[str, Any]:
    return {
        "axes": list(noise.axes),
        "rho": noise.rho,
        "scale": noise.scale,
        "divisor": divisor(workload, noise.axes),
        "l2_squared": l2_squared(workload, noise.axes),
        "replacement_l2_squared": replacement_l2_squared(workload, noise.axes),
    }


def read_record(data: bytes) -> Record:
    """The underivable part of release.json. Raises: ReleaseError."""
    try:
        document = json.loads(data)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise DocumentError("it is not of this format")
        versions = document.get("versions")
        if not isinstance(versions, dict):
            raise DocumentError("it names no versions")
        named = {_plain(name, "versions"): _plain(value, "versions") for name, value in versions.items()}
        return Record(entry_from_json(document.get("ledger")), named, text(document.get("language"), "language"))
    except (ValueError, OverflowError, RecursionError, DocumentError) as error:
        raise ReleaseError(f"release.json cannot be read ({error}); get the release again.") from None


def _plain(value: object, where: str) -> str:
    """One short printable line: it is shown in terminals, where control characters could forge further lines."""
    line = text(value, where)
    if len(line) > 80 or not line.isprintable():
        raise DocumentError(f"{where} must be short printable text")
    return line


def entry_from_json(document: object) -> Entry:
    parts = members(document, Entry.__slots__, "ledger")
    named = {name: text(parts[name], name) for name in ("round_id", "kind", "term", "day", "measurement")}
    chained = {name: text(parts[name], name) for name in ("previous", "digest")}
    return Entry(
        seq=integer(parts["seq"], "seq"),
        rho=positive(parts["rho"], "rho"),
        term_epsilon=positive(parts["term_epsilon"], "term_epsilon"),
        term_delta=positive(parts["term_delta"], "term_delta"),
        **named,
        **chained,
    )


def readable(document: object) -> bytes:
    """JSON for people and programs: indented, UTF-8, keys in the order they were put, no locale."""
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()
