"""`datacite.json`: what a DOI is registered with, in the JSON of DataCite's metadata schema 4.5."""

from __future__ import annotations

from typing import Any, Final

from reports.additions.about import Creator
from reports.dataset.described import Described

SCHEMA: Final = "http://datacite.org/schema/kernel-4"


def datacite(said: Described) -> dict[str, Any]:
    """JSON types only. Without a DOI it has none, and can be registered under one as it stands."""
    found: dict[str, Any] = {
        "schemaVersion": SCHEMA,
        "types": {"resourceType": "Differentially private survey figures", "resourceTypeGeneral": "Dataset"},
        "creators": [_creator(creator) for creator in said.creators],
        "titles": [{"title": said.title}],
        "publisher": {"name": said.publisher},
        "publicationYear": said.year,
        "subjects": [{"subject": word} for word in said.keywords],
        "dates": _dates(said),
        "language": said.language,
        "alternateIdentifiers": [{"alternateIdentifier": said.round_id, "alternateIdentifierType": "Subrosa id"}],
        "formats": ["text/csv", "application/vnd.apache.parquet", "application/json"],
        "version": said.version,
        "descriptions": [
            {"description": said.description, "descriptionType": "Abstract"},
            {"description": said.how, "descriptionType": "Methods", "lang": "en"},
        ],
    }
    if said.doi:
        found["doi"] = said.doi
    if said.url:
        found["url"] = said.url
    if said.licence is not None:
        spdx = {"rightsIdentifier": said.licence.name, "rightsIdentifierScheme": "SPDX"} if said.licence.spdx else {}
        found["rightsList"] = [{"rights": said.licence.title, "rightsUri": said.licence.url} | spdx]
    return found


def _dates(said: Described) -> list[dict[str, str]]:
    made = [{"date": said.made, "dateType": "Created", "dateInformation": "the day of the measurement"}]
    if said.collected is None:
        return made
    return [{"date": "/".join(said.collected), "dateType": "Collected"}, *made]


def _creator(creator: Creator) -> dict[str, Any]:
    names = {"givenName": creator.given, "familyName": creator.family}
    found: dict[str, Any] = {"name": creator.cited, "nameType": "Personal" if creator.person else "Organizational"}
    found |= {key: name for key, name in names.items() if name}
    if creator.affiliation:
        found["affiliation"] = [{"name": creator.affiliation}]
    if creator.orcid:
        orcid = {"nameIdentifier": f"https://orcid.org/{creator.orcid}", "nameIdentifierScheme": "ORCID"}
        found["nameIdentifiers"] = [orcid | {"schemeUri": "https://orcid.org"}]
    return found
