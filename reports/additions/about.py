"""About a release: what a host says of it as a data set, as `about.json` holds it. All of it is the host's claim.

Its form is an object with any of title, description, licence, licence_url, publisher, contact, doi, url, version,
notes (texts), keywords (a list of texts), eligible (a whole number) and creator (a list of objects with `name` for an
organisation, or `family` and `given` for a person, and with `orcid` and `affiliation` if wanted).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from privacy.documents import LARGEST, canonical
from reports.additions.licences import Licence, licence_of
from reports.errors import ReleaseError
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.schema import load_strictly

FILE: Final = "about.json"
_ORCID: Final = re.compile(r"(?:https://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")
_DOI: Final = re.compile(r"(?:https://doi\.org/)?(10\.\d{4,9}/[!#-;=?-~]{1,200})")
_HTTPS: Final = validate.Regexp(
    r"^https://[A-Za-z0-9.-]+(:\d{1,5})?(/[!#-;=?-~]*)?\Z",
    error="must be an https address, for example https://a.example/x",
)


@dataclass(frozen=True, slots=True)
class Creator:
    """Who made a data set: an organisation (`name`) or a person (`family`, `given`).

    orcid: sixteen digits in four groups; empty if there is none, as is affiliation.
    """

    name: str = ""
    family: str = ""
    given: str = ""
    orcid: str = ""
    affiliation: str = ""

    @property
    def person(self) -> bool:
        return bool(self.family)

    @property
    def cited(self) -> str:
        """`Doe, Jane`, or the organisation."""
        return self.name or ", ".join(filter(None, (self.family, self.given)))


@dataclass(frozen=True, slots=True)
class About:
    """What a host says of a release; empty, or None, is what it does not say.

    eligible: how many could have taken part. doi: without a resolver. url: where the folder lives, ending in /.
    """

    title: str = ""
    description: str = ""
    licence: Licence | None = None
    publisher: str = ""
    contact: str = ""
    doi: str = ""
    url: str = ""
    version: str = ""
    notes: str = ""
    keywords: tuple[str, ...] = ()
    creators: tuple[Creator, ...] = ()
    eligible: int | None = None


NOTHING: Final = About()


def about_bytes(manifest: AnyManifest, document: object) -> bytes:
    """The file, from what a host gave. Raises: ReleaseError, naming the place."""
    del manifest  # nothing in it depends on the round
    return canonical(_checked(document))


def read_about(manifest: AnyManifest, data: bytes | None) -> About:
    """What `about_bytes` gave; NOTHING without a file. Raises: ReleaseError."""
    del manifest
    if data is None:
        return NOTHING
    try:
        checked = _checked(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise ReleaseError(f"{FILE} cannot be read ({error}); get the release again.") from None
    if canonical(checked) != data:
        raise ReleaseError(f"{FILE} is not written as `subrosa publish` writes it; get the release again.")
    return _about(checked)


def _checked(document: object) -> dict[str, Any]:
    if not isinstance(document, dict) or not document:
        raise ReleaseError("About the release: give at least one of its settings, such as title or licence.")
    try:
        return load_strictly(_AboutSchema(), document, ValueError)
    except ValueError as fault:
        what = str(fault).removesuffix(".").replace("Unknown field", "there is no such setting; check its spelling")
        raise ReleaseError(f"About the release, {what}.") from None


def _about(checked: Mapping[str, Any]) -> About:
    said = dict(checked)
    licence, address = said.pop("licence", ""), said.pop("licence_url", "")
    creators = tuple(Creator(**creator) for creator in said.pop("creator", ()))
    return About(
        licence=licence_of(licence, address) if licence else None,
        keywords=tuple(said.pop("keywords", ())),
        creators=creators,
        **said,
    )


def _line(longest: int) -> Any:
    def check(text: str) -> None:
        if not 1 <= len(text) <= longest or not text.isprintable() or text != text.strip():
            raise ValidationError(f"must be one line of 1 to {longest} printable characters, without spaces around it")

    return check


def _paragraphs(text: str) -> None:
    if not 1 <= len(text) <= 5000 or not all(line.isprintable() for line in text.split("\n")) or text != text.strip():
        raise ValidationError("must be text of 1 to 5000 printable characters, without empty lines around it")


class _CreatorSchema(Schema):
    name = fields.String(validate=_line(200))
    family = fields.String(validate=_line(100))
    given = fields.String(validate=_line(100))
    orcid = fields.String()
    affiliation = fields.String(validate=_line(200))

    @validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        del kwargs
        if ("name" in data) == ("family" in data) or ("given" in data and "name" in data):
            raise ValidationError("must have name (an organisation), or family and given (a person), not both", "name")
        if "orcid" in data and ("name" in data or not _is_orcid(data["orcid"])):
            raise ValidationError("must be the ORCID of a person, for example 0000-0002-1825-0097", "orcid")

    @post_load
    def _bare(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        del kwargs
        return data | ({"orcid": data["orcid"][-19:]} if "orcid" in data else {})


class _AboutSchema(Schema):
    title = fields.String(validate=_line(300))
    description = fields.String(validate=_paragraphs)
    licence = fields.String(validate=_line(100))
    licence_url = fields.String(validate=_HTTPS)
    publisher = fields.String(validate=_line(200))
    contact = fields.String(validate=_line(200))
    doi = fields.String(validate=validate.Regexp(rf"^{_DOI.pattern}\Z", error="must be a DOI, for example 10.1234/abc"))
    url = fields.String(validate=_HTTPS)
    version = fields.String(validate=_line(40))
    notes = fields.String(validate=_paragraphs)
    keywords = fields.List(fields.String(validate=_line(60)), validate=validate.Length(1, 30))
    creator = fields.List(fields.Nested(_CreatorSchema), validate=validate.Length(1, 50))
    eligible = fields.Integer(strict=True, validate=validate.Range(1, LARGEST))

    @validates_schema
    def _check_licence(self, data: dict[str, Any], **kwargs: Any) -> None:
        del kwargs
        if "licence" not in data:
            if "licence_url" in data:
                raise ValidationError("must be named where licence_url stands", "licence")
            return
        try:
            licence_of(data["licence"], data.get("licence_url", ""))
        except ValueError as fault:
            raise ValidationError(str(fault), "licence") from None

    @post_load
    def _plain(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Each thing in one form only: a bare DOI, and the address of a folder with its last stroke."""
        del kwargs
        if "doi" in data:
            data["doi"] = data["doi"].removeprefix("https://doi.org/")
        if "url" in data:
            data["url"] = data["url"].rstrip("/") + "/"
        return data


def _is_orcid(text: str) -> bool:
    """Whether its last character checks the others (ISO 7064, mod 11-2)."""
    match = _ORCID.fullmatch(text)
    if match is None:
        return False
    digits, total = match[1].replace("-", ""), 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    return digits[-1] == "0123456789X"[(12 - total % 11) % 11]
