"""Text that a person reads, by language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Label:
    """One text in one or more languages.

    ``texts`` is sorted by language, so that equal labels are equal values; a bare text has the language "".
    """

    texts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, value: str | Mapping[str, str]) -> Self:
        """From what a form file holds: a text, or a table language -> text."""
        texts = {"": value} if isinstance(value, str) else value
        return cls(tuple(sorted(texts.items())))

    def text(self, language: str = "en") -> str:
        """The text in exactly this language, else the bare one, else the first."""
        texts = dict(self.texts)
        return texts.get(language) or texts.get("") or self.texts[0][1]

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(language for language, _ in self.texts if language)

    def plain(self) -> str | dict[str, str]:
        """What ``of`` takes, as JSON has it."""
        texts = dict(self.texts)
        return texts[""] if set(texts) == {""} else texts

    def __str__(self) -> str:
        return self.text()
