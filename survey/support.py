"""Where somebody can turn to whom a form stirs up, in the host's own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SupportResource:
    """Somebody to turn to. forms: ids of the forms whose rounds show it.

    contact: a number or an opening hour, as text; url: https, tel or mailto. At least one of them is not empty.
    """

    forms: tuple[str, ...]
    title: str
    text: str
    contact: str
    url: str

    @property
    def shown_url(self) -> str:
        """As a person reads it; a telephone number or a mail address without the word that only programs need."""
        return self.url.removeprefix("tel:").removeprefix("mailto:")


def support_for(resources: Iterable[SupportResource], form_id: str) -> tuple[SupportResource, ...]:
    """What a round of this form shows."""
    return tuple(resource for resource in resources if form_id in resource.forms)
