"""What a host may say of a release as a data set, all of it at once."""

from typing import Any

PERSON = {
    "family": "Doe",
    "given": "Jane",
    "orcid": "https://orcid.org/0000-0002-1825-0097",
    "affiliation": "Institute",
}
SAID: dict[str, Any] = {
    "title": "Moods of red and blue",
    "description": "Two teams.\n\nAsked once.",
    "licence": "CC-BY-4.0",
    "publisher": "The Rose Press",
    "contact": "data@example.org",
    "doi": "https://doi.org/10.1234/rose.5",
    "url": "https://rose.example/releases/5",
    "version": "1.1",
    "notes": "The second version.",
    "keywords": ["mood", "tools"],
    "creator": [{"name": "Society of the Rose"}, PERSON],
    "eligible": 640,
}
