"""`CITATION.cff`: how to cite the data set, in the Citation File Format 1.2.0."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from reports.additions.about import Creator
from reports.dataset.described import Described

_NOT_IN_YAML: Final = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_MESSAGE: Final = "If you use these figures, please cite them as below."


def citation(said: Described) -> bytes:
    """YAML 1.2 whose values are written as JSON, which YAML holds: no text can be taken for anything else."""
    return "".join(f"{key}: {_json(value)}\n" for key, value in _keys(said)).encode()


def _json(value: Any) -> str:
    """Without the few characters that JSON lets stand as they are and YAML does not."""
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _keys(said: Described) -> Iterator[tuple[str, Any]]:
    yield "cff-version", "1.2.0"
    yield "type", "dataset"
    yield "message", _MESSAGE
    yield "title", said.title
    yield "abstract", said.description
    yield "authors", [_author(creator) for creator in said.creators]
    yield "keywords", list(dict.fromkeys(said.keywords))
    yield "version", said.version
    yield "date-released", said.made
    yield (
        "identifiers",
        [
            {
                "type": "other",
                "value": said.round_id,
                "description": "The Subrosa id: the digest of the signed manifest.",
            }
        ],
    )
    if said.doi:
        yield "doi", said.doi
    if said.url:
        yield "url", said.url
    if said.licence is not None:
        yield ("license", said.licence.name) if said.licence.spdx else ("license-url", said.licence.url)


def _author(creator: Creator) -> dict[str, str]:
    if not creator.person:
        return {"name": creator.name}
    found = {"family-names": creator.family, "given-names": creator.given, "affiliation": creator.affiliation}
    orcid = {"orcid": f"https://orcid.org/{creator.orcid}"} if creator.orcid else {}
    return {key: name for key, name in found.items() if name} | orcid
