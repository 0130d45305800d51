"""The files of a release: what each is for in one sentence, and what tools call its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class File:
    """sentence: what it holds. format: its media type. data: whether a researcher would compute with it."""

    sentence: str
    format: str
    data: bool = False


_CSV, _JSON, _PARQUET = "text/csv", "application/json", "application/vnd.apache.parquet"
FILES: Final = {
    "tables.csv": File("Every cell of every table: share, interval, count, and the unbiased noisy count.", _CSV, True),
    "tables.parquet": File("The same rows with typed columns; what is not shown is null.", _PARQUET, True),
    "statistics.csv": File("Quantiles, means, scores, and how groups differ from all.", _CSV, True),
    "statistics.parquet": File("The same rows with typed columns.", _PARQUET, True),
    "microdata.csv": File("Invented records that agree with the noisy tables; nobody’s answers.", _CSV, True),
    "microdata.json": File("Which tables the invented records keep, and how far each is from them.", _JSON),
    "changes.csv": File("How shares changed since other rounds, or differ from another form’s.", _CSV, True),
    "codebook.csv": File("Every question and answer in every language, one answer a row.", _CSV, True),
    "codebook.json": File(
        "The same and more: brackets, flow, what every column means, what people were told, who keeps what.",
        _JSON,
        True,
    ),
    "measurements.json": File("The raw noisy numbers that everything else follows from.", _JSON, True),
    "release.json": File("How the figures were made: guarantee, noise, thresholds, formulas, versions.", _JSON),
    "recipe.py": File("Works out figures of tables.csv from measurements.json again, in Python.", "text/x-python"),
    "recipe.R": File("The same in R.", "text/x-r"),
    "manifest.json": File("What would be released and how exactly, as the host signed it beforehand.", _JSON),
    "closing.json": File("When it closed, signed by the host.", _JSON),
    "margins.json": File("What the host says is publicly known of everyone.", _JSON),
    "about.json": File("What the host says of this data set.", _JSON),
    "guide.json": File("The guide that stands beside the figures, as the host gave it.", _JSON),
    "outside.json": File("Figures from elsewhere that the host set beside these.", _JSON),
    "beside.json": File("The other releases that this one is set beside.", _JSON),
    "brief.json": File("What the host says in the brief.", _JSON),
    "brief.pdf": File("Two pages for an executive team.", "application/pdf"),
    "case.html": File("One page for a meeting, made in your browser.", "text/html"),
    "revision.json": File("Which release this one corrects, and why.", _JSON),
    "ledger.json": File("The entries of the privacy ledger.", _JSON),
    "index.html": File("The page that shows and explains all figures.", "text/html"),
    "public_key.pem": File("The key that the signature is checked with.", "application/x-pem-file"),
    "CITATION.cff": File("How to cite this, for reference managers.", "application/yaml"),
    "datacite.json": File("A description for DOI registration.", _JSON),
    "croissant.json": File("A description for machine-learning tools (Croissant).", "application/ld+json"),
    "datapackage.json": File("A description of all files with their digests and columns (Frictionless).", _JSON),
}
OTHER: Final = File("A further file of the release.", "application/octet-stream")
# Made from the other files, so known only once these are there.
DESCRIPTIONS: Final = ("CITATION.cff", "datacite.json", "croissant.json", "datapackage.json")


def file(name: str) -> File:
    return FILES.get(name, OTHER)


def in_order(names: set[str]) -> list[str]:
    """As they stand above; others last."""
    return [*(name for name in FILES if name in names), *sorted(names - set(FILES))]
