"""What stands on a printed slip beside its code, in the languages that we have words in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from survey.rounds.folder import PublishedRound

LANGUAGES: Final = ("en", "es")

_MONTHS: Final = {
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


@dataclass(frozen=True, slots=True)
class SlipWords:
    """The texts that all slips of a round share."""

    society: str
    title: str
    scan: str
    or_type: str
    site: str
    kept: str


def slip_words(published: PublishedRound, site: str, language: str) -> SlipWords:
    """The texts for a round, in one of LANGUAGES; the title follows the form where it has that language."""
    manifest = published.manifest
    until = day_and_time(closing_time(published), language)
    scan, or_type, kept = _SENTENCES[language]
    title = manifest.form.title.text(language)
    # The home page leads to each open round; a printed link with 64 hex digits would be typed by nobody.
    return SlipWords(manifest.society, title, scan, or_type, site, kept.format(until=until))


_SENTENCES: Final = {
    "en": (
        "Scan this with your own phone.",
        "Or type this code on the page:",
        "Works once, until {until}.",
    ),
    "es": (
        "Escanéalo con tu propio teléfono.",
        "O escribe este código en la página:",
        "Vale una sola vez, hasta el {until}.",
    ),
}


def closing_time(published: PublishedRound) -> datetime:
    """When the round closes as far as is known today: a statement may have moved it."""
    return published.statement.closes if published.statement is not None else published.manifest.closes


def day_and_time(moment: datetime, language: str) -> str:
    """A date and time in UTC, as they are read aloud: `1 December 2026, 17:00 UTC`."""
    month = _MONTHS[language][moment.month - 1]
    day = f"{moment.day} de {month} de {moment.year}" if language == "es" else f"{moment.day} {month} {moment.year}"
    return f"{day}, {moment:%H:%M} UTC"
