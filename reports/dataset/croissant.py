"""`croissant.json`: the data set for machine-learning tools, in Croissant 1.0."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from reports.dataset.columns import Column
from reports.dataset.described import Described
from reports.dataset.files import file, in_order
from reports.dataset.jsonld import common

_CR: Final = "http://mlcommons.org/croissant/"
# The terms of Croissant 1.0; those of schema.org need none.
_OWN: Final = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references",
    "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": _CR,
    "rai": f"{_CR}RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
} | {term: f"cr:{term}" for term in _OWN}
_TYPES: Final = {"string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float"}


def croissant(said: Described, files: Mapping[str, bytes], columns: Mapping[str, Sequence[Column]]) -> dict[str, Any]:
    """JSON types only. files: those made so far; columns: of the CSV files among them, each a set of records."""
    return {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": f"{_CR}1.0",
        **common(said),
        "version": _semantic(said.version),
        "datePublished": said.made,
        "citeAs": said.citation,
        "isLiveDataset": False,
        "distribution": [_file(name, files[name]) for name in in_order(set(files)) if file(name).data],
        "recordSet": [_records(name, columns[name]) for name in in_order(set(columns) & set(files))],
    }


def _semantic(version: str) -> str:
    """Croissant wants three numbers; a version that is none of that sort stands in the other descriptions as it is."""
    parts = version.split(".")
    return ".".join([*parts, "0", "0"][:3]) if all(part.isdecimal() for part in parts) and len(parts) <= 3 else "1.0.0"


def _file(name: str, data: bytes) -> dict[str, Any]:
    """contentUrl is relative: the description lies in the folder that it describes."""
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "description": file(name).sentence,
        "contentUrl": name,
        "contentSize": f"{len(data)} B",
        "encodingFormat": file(name).format,
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _records(name: str, columns: Sequence[Column]) -> dict[str, Any]:
    of = name.removesuffix(".csv")
    return {
        "@type": "cr:RecordSet",
        "@id": of,
        "name": of,
        "description": file(name).sentence,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{of}/{column.name}",
                "name": column.name,
                "description": column.description,
                "dataType": _TYPES[column.type],
                "source": {"fileObject": {"@id": name}, "extract": {"column": column.name}},
            }
            for column in columns
        ],
    }
