"""`[[support]]`: the people a host names for those whom a form stirs up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from survey.support import SupportResource, support_for

# Their questions can bring back what somebody would rather not be alone with.
HEAVY_FORMS: Final = frozenset({"hr-hazards"})
_FORM = validate.Regexp(r"^[a-z0-9_-]{1,64}\Z", error="must be ids of forms, for example hr-hazards")
# Addresses that a link may lead to: a page that nobody reads along, a telephone number, a mail address.
_URL = validate.Regexp(
    r"^(https://[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?([/?#][!#-;=?-~]*)?|tel:\+?[0-9-]{2,20}|mailto:[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)\Z",
    error="must be https://…, tel:+… or mailto:…",
)


class SupportSchema(Schema):
    """One `[[support]]`."""

    forms = fields.List(fields.String(validate=_FORM), required=True, validate=validate.Length(min=1))
    title = fields.String(required=True, validate=validate.Length(min=1, max=200))
    text = fields.String(required=True, validate=validate.Length(min=1, max=1000))
    contact = fields.String(load_default="", validate=validate.Length(min=1, max=200))
    url = fields.String(load_default="", validate=_URL)

    @validates_schema
    def _leads_somewhere(self, data: Mapping[str, Any], **_: Any) -> None:
        if not data.get("contact") and not data.get("url"):
            raise ValidationError("needs a contact or a url, or both", "contact")


def read_support(resources: Iterable[Mapping[str, Any]]) -> tuple[SupportResource, ...]:
    """In the order of the file."""
    return tuple(SupportResource(**{**each, "forms": tuple(each["forms"])}) for each in resources)


def lacks_support(form_id: str, support: Iterable[SupportResource]) -> str | None:
    """What to tell a host who opens a round of a heavy form without naming anybody."""
    if form_id not in HEAVY_FORMS or support_for(support, form_id):
        return None
    return (
        f"'{form_id}' asks about what makes ill, and its page of support resources is empty; "
        "fill it with [[support]] in subrosa.toml, as config.example.toml shows, and restart the site."
    )
