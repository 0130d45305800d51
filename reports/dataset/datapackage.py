"""`datapackage.json`: every file with its size and digest, and the tables with their columns (Frictionless)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from reports.dataset.columns import Column
from reports.dataset.described import NO_LICENCE, Described
from reports.dataset.files import file, in_order


def datapackage(said: Described, files: Mapping[str, bytes], columns: Mapping[str, Sequence[Column]]) -> dict[str, Any]:
    """JSON types only. files: all of the release but this one and the digests, which cover it in turn."""
    found: dict[str, Any] = {
        "profile": "data-package",
        "name": f"subrosa-{said.round_id[:16]}",
        "id": said.address or said.round_id,
        "title": said.title,
        "description": said.description if said.licence else f"{said.description}\n\n{NO_LICENCE}",
        "version": said.version,
        "created": f"{said.made}T00:00:00Z",
        "keywords": list(said.keywords),
        "contributors": _contributors(said),
        "subrosa": {"round": said.round_id, "cite_as": said.citation, "collected": said.how, "notes": said.notes},
        "resources": [_resource(name, files[name], columns.get(name)) for name in in_order(set(files))],
    }
    if said.url:
        found["homepage"] = said.url
    if said.licence is not None:
        found["licenses"] = [{"name": said.licence.name, "title": said.licence.title, "path": said.licence.url}]
    if said.licence is not None and not said.licence.spdx:
        found["licenses"][0].pop("name")  # it stands for an Open Definition identifier, which this is not
    return found


def _contributors(said: Described) -> list[dict[str, str]]:
    made = [
        {"title": creator.cited, "role": "author"}
        | ({"organization": creator.affiliation} if creator.affiliation else {})
        | ({"path": f"https://orcid.org/{creator.orcid}"} if creator.orcid else {})
        for creator in said.creators
    ]
    return [*made, {"title": said.publisher, "role": "publisher"}]


def _resource(name: str, data: bytes, columns: Sequence[Column] | None) -> dict[str, Any]:
    path = PurePosixPath(name)
    found: dict[str, Any] = {
        "name": name.lower(),
        "path": name,
        "description": file(name).sentence,
        "format": path.suffix.removeprefix(".").lower() or "txt",
        "mediatype": file(name).format,
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }
    if columns is None:
        return found | {"type": "file"}  # also a Parquet file: readers of this format check its digest as it lies there
    return found | {
        "type": "table",
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {"fields": [_field(column) for column in columns], "missingValues": [""]},
    }


def _field(column: Column) -> dict[str, Any]:
    limits = {"minimum": column.least, "maximum": column.most, "enum": list(column.one_of) or None}
    constraints = {name: value for name, value in limits.items() if value is not None}
    found: dict[str, Any] = {"name": column.name, "type": column.type, "description": column.description}
    return found | ({"constraints": constraints} if constraints else {})
