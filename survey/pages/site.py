"""What the site says of its society, beside rounds and releases."""

from __future__ import annotations

from dataclasses import dataclass

from survey.support import SupportResource


@dataclass(frozen=True, slots=True)
class Site:
    """url: the address that respondents open, without a final slash; script and tables are loaded from there only."""

    society: str
    contact: str
    url: str
    support: tuple[SupportResource, ...] = ()
