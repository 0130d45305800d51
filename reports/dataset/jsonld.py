"""The data set in the words of schema.org: what search engines for data read out of the page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from reports.additions.about import Creator
from reports.dataset.described import Described
from reports.dataset.files import file, in_order


def dataset_jsonld(said: Described, files: Mapping[str, bytes]) -> dict[str, Any]:
    """JSON types only. files: those made so far; the ones that hold data are listed with their digests."""
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        **common(said),
        "measurementTechnique": "Survey; discrete Gaussian noise under zero-concentrated differential privacy",
        "distribution": [
            {
                "@type": "DataDownload",
                "name": name,
                "description": file(name).sentence,
                "encodingFormat": file(name).format,
                "contentUrl": said.url + name,
                "contentSize": f"{len(files[name])} B",
                "sha256": hashlib.sha256(files[name]).hexdigest(),
            }
            for name in in_order(set(files))
            if file(name).data
        ],
    }
    if said.collected is not None:
        found["temporalCoverage"] = "/".join(said.collected)
    return found


def common(said: Described) -> dict[str, Any]:
    """What schema.org and Croissant have in common."""
    found: dict[str, Any] = {
        "name": said.title,
        "description": said.description,
        "identifier": {"@type": "PropertyValue", "propertyID": "Subrosa id", "value": said.round_id},
        "creator": [_creator(creator) for creator in said.creators],
        "publisher": {"@type": "Organization", "name": said.publisher},
        "keywords": list(said.keywords),
        "dateCreated": said.made,
        "version": said.version,
        "inLanguage": list(said.languages) or [said.language],
    }
    if said.address:
        found["url"] = said.address
    if said.licence is not None:
        found["license"] = said.licence.url
    return found


def _creator(creator: Creator) -> dict[str, Any]:
    if not creator.person:
        found: dict[str, Any] = {"@type": "Organization", "name": creator.name}
    else:
        names = {"givenName": creator.given, "familyName": creator.family}
        found = {"@type": "Person", "name": creator.cited} | {key: name for key, name in names.items() if name}
    if creator.orcid:
        found["identifier"] = f"https://orcid.org/{creator.orcid}"
    if creator.affiliation:
        found["affiliation"] = {"@type": "Organization", "name": creator.affiliation}
    return found


def for_a_page(document: Mapping[str, Any]) -> Markup:
    """The document as it may stand in a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  no sign that HTML gives a meaning to is left in it
