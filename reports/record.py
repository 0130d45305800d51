"""`release.json`: what was promised, guaranteed, charged and done, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from privacy.allocation import SetNoise
from privacy.documents import text
from privacy.errors import DocumentError
from privacy.residuals import divisor, l2_squared, replacement_l2_squared
from privacy.terms import Entry
from privacy.workload import Workload
from reports.additions.added import Added
from reports.additions.margins import Margins
from reports.entries import entry_from_json
from reports.errors import ReleaseError
from reports.estimates import DISPLAYED, MEASURED, MODELLED, WEIGHTED
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
THRESHOLD: Final = (
    "A cohort is hidden unless the noisy number who answered, minus its noise quantile at 1 - beta, reaches "
    "min_cohort: n - u sqrt(V) >= min_cohort, n and V as in estimates (in a size table the cohort's own y and s^2), u "
    "the standard normal quantile at 1 - beta; and unless its noisy size does the same, its cell in the size table "
    "less u t, so that one number decides for all figures of a cohort; hidden as well if n is not known. Otherwise a "
    "figure is uncertain if the 95 percent margin of its noise alone, z sqrt(N), exceeds usable_margin, and shown if "
    "not. Where it is uncertain, a modelled figure may stand in a further row, as estimates.modelled says. Rows that "
    "are not shown have no numbers in tables.csv and none on the page. measurements.json holds every noisy cell, so "
    "that everything can be verified; noise alone protects those."
)
CLAIM: Final = (
    "What everyone is made of was given by the host as public knowledge, after the answers were measured. It is the "
    "host's claim alone: nothing in this release can show whether it is right. It cost no privacy, since nothing was "
    "read for it but the measurements, which are published as well."
)


@dataclass(frozen=True, slots=True)
class Record:
    """What of release.json cannot be derived from the other files."""

    entry: Entry
    versions: Mapping[str, str]
    language: str


def record_document(
    manifest: AnyManifest, signed: tuple[bytes, bytes | None], charged: Charged, record: Record, added: Added
) -> dict[str, Any]:
    """JSON types only; the same arguments always give the same document.

    signed: the manifest as it was served, and the closing statement if there is one.
    """
    served, closing = signed
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
        "organisation": None if charged.organisation is None else asdict(charged.organisation),
        "charged": {"rho": charged.rho, "epsilon": charged.epsilon, "delta": promise.delta},
        "ledger": asdict(entry),
        "mechanism": {
            "name": "residual queries with discrete Gaussian noise",
            "words": MECHANISM,
            "rho": charged.allocation.rho,
            "weigh": promise.weigh,
            "residuals": [_residual(charged.workload, noise) for noise in charged.allocation.entries],
        },
        "estimates": {"words": MEASURED, "display": DISPLAYED, "modelled": MODELLED, "confidence": 0.95},
        "statistics": {"words": STATISTICS, "confidence": 0.95},
        "threshold": {
            "words": THRESHOLD,
            "minimum_responses": promise.minimum_responses,
            "min_cohort": promise.min_cohort,
            "beta": promise.beta,
            "usable_margin": promise.usable_margin,
        },
        "revision": None if added.revision is None else added.revision.to_json(),
        "known_margins": _known_margins(manifest, added.margins),
        "versions": dict(sorted(record.versions.items())),
        "language": record.language,
        "manifest": json.loads(served),
        "closing": None if closing is None else json.loads(closing),
    }


def _known_margins(manifest: AnyManifest, margins: Margins) -> dict[str, Any] | None:
    if not margins:
        return None
    return {"claimed_by": manifest.society, "claim": CLAIM, "words": WEIGHTED, "margins": margins}


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


def readable(document: object) -> bytes:
    """JSON for people and programs: indented, UTF-8, keys in the order they were put, no locale."""
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()
