"""`release.json`: what was promised, guaranteed, charged and done, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from privacy.documents import integer, members, positive, text
from privacy.errors import DocumentError
from privacy.ledger import Entry
from reports.errors import ReleaseError
from reports.promised import Charged
from survey.rounds.manifest import Manifest

FORMAT: Final = "subrosa/release/v1"

UNIT: Final = (
    "One eligibility's response in this round. Neighbouring data sets differ in one response added or removed; "
    "'replacement' is one response replaced by any other."
)
MECHANISM: Final = (
    "Every table was counted exactly, and each of its cells got independent discrete Gaussian noise of the stated "
    "scale, drawn by OpenDP's make_gaussian over integers; the counts were then discarded. Costs are zero-concentrated "
    "differential privacy (rho) by OpenDP's privacy maps, added up by its composition and converted to (epsilon, "
    "delta) by its make_zCDP_to_approxDP. The total was drawn and charged first; below the promised minimum nothing "
    "else is measured. Everything else in this release is computed from measurements.json alone."
)
ESTIMATES: Final = (
    "unbiased is the noisy count and sd its noise; count is the unbiased count, or zero if that is negative; share is "
    "count over the less noisy of two estimates of how many answered (the answers added up, or the size of the cohort "
    "less those who gave no answer or were not asked), kept between 0 and 1; low and high bound it with 95 percent "
    "confidence for noise and, if respondents were a random sample, for sampling, given that the figure is shown."
)
THRESHOLD: Final = (
    "A cohort is hidden unless the noisy number who answered, minus its noise quantile at 1 - beta, reaches "
    "min_cohort; a figure is uncertain if the 95 percent margin of its noise alone exceeds usable_margin. Rows that "
    "are not shown have no numbers in tables.csv and none on the page. measurements.json holds every noisy cell, so "
    "that everything can be verified; noise alone protects those."
)


@dataclass(frozen=True, slots=True)
class Record:
    """What of release.json cannot be derived from the other files."""

    entry: Entry
    versions: Mapping[str, str]
    language: str


def record_document(
    manifest: Manifest, served: bytes, closing: bytes | None, charged: Charged, record: Record
) -> dict[str, Any]:
    """JSON types only; the same arguments always give the same document."""
    promise, entry = manifest.promise, record.entry
    return {
        "format": FORMAT,
        "round": manifest.id,
        "name": manifest.name,
        "society": manifest.society,
        "complete": entry.kind == "measured",
        "unit": UNIT,
        "guarantee": charged.guarantee.to_json(),
        "questions": [asdict(share) for share in charged.questions],
        "charged": {"rho": charged.rho, "epsilon": charged.epsilon, "delta": promise.delta},
        "ledger": asdict(entry),
        "mechanism": {
            "name": "discrete Gaussian",
            "words": MECHANISM,
            "rho": charged.allocation.rho,
            "tables": [_table(charged, noise.table) for noise in charged.allocation.entries],
        },
        "estimates": {"words": ESTIMATES, "confidence": 0.95},
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


def _table(charged: Charged, name: str) -> dict[str, Any]:
    return asdict(charged.allocation.noise(name)) | {
        "l2_squared": charged.workload.l2_squared(name),
        "replacement_l2_squared": charged.workload.replacement_l2_squared(name),
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
