"""The files that a release holds for researchers, made from those it has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from reports.dataset.citation import citation
from reports.dataset.codebook_csv import codebook_csv
from reports.dataset.columns import columns
from reports.dataset.croissant import croissant
from reports.dataset.datacite import datacite
from reports.dataset.datapackage import datapackage
from reports.dataset.described import Described
from reports.dataset.parquet import parquet
from reports.record import readable
from survey.rounds.any_manifest import AnyManifest

RECIPES: Final = ("recipe.py", "recipe.R")
MADE: Final = ("tables.parquet", "statistics.parquet", "codebook.csv", *RECIPES)


def data_files(manifest: AnyManifest, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Typed tables, the flat codebook, and the recipes: those in MADE. files: with the published tables."""
    known = columns(manifest)
    typed = {
        name.replace(".csv", ".parquet"): parquet(files[name], known[name], manifest.id)
        for name in ("tables.csv", "statistics.csv")
    }
    return typed | {"codebook.csv": codebook_csv(manifest.form)} | {name: _recipe(name) for name in RECIPES}


def descriptions(manifest: AnyManifest, said: Described, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What tools read of the data set. files: all others; the last of these lists the digests of the first ones too."""
    known = columns(manifest)
    found = {
        "CITATION.cff": citation(said),
        "datacite.json": readable(datacite(said)),
        "croissant.json": readable(croissant(said, files, known)),
    }
    return found | {"datapackage.json": readable(datapackage(said, {**files, **found}, known))}


@cache
def _recipe(name: str) -> bytes:
    return (resources.files("reports.dataset") / "recipes" / name).read_bytes()
