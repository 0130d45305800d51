"""`brief.pdf`: two pages of A4 with text that can be selected, the same bytes each time.

What does not fit is made smaller, then left out from the end of the longest list: no sentence is ever cut.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from reports.errors import ReleaseError
from reports.opening.two_pages import Block, Sheet, TwoPages

_MM: Final = 72 / 25.4
_PAGE: Final = (210 * _MM, 297 * _MM)
_LEFT: Final = 22 * _MM
_TOP: Final = _PAGE[1] - 20 * _MM
_WIDTH: Final = _PAGE[0] - 2 * _LEFT
_BOTTOM: Final = 30 * _MM  # the last lines of a page stand below
_LOWEST: Final = 10 * _MM
_SIZES: Final = (12.5, 12.0, 11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
_LEADING: Final = 1.36
_INDENT: Final = 4 * _MM
_SMALL: Final = (8.0, 7.0, 6.0, 5.0)
_GREY, _ACCENT = 0.35, (0.09, 0.26, 0.24)
_MORE: Final = "More on the release page."


@dataclass(frozen=True, slots=True)
class _Fonts:
    plain: str
    bold: str


@dataclass(frozen=True, slots=True)
class _Line:
    """One drawn line: how far it is indented, the room above it, and its font and size."""

    text: str
    font: str
    size: float
    above: float = 0.0
    indent: float = 0.0
    bullet: bool = False
    grey: float = 0.0

    @property
    def height(self) -> float:
        return self.above + self.size * _LEADING


def brief_pdf(pages: TwoPages) -> bytes:
    """Exactly two pages. Pure: the same content always gives the same bytes, with one version of the library.

    Raises: ReleaseError if some label has letters that no font here has.
    """
    fonts = _fonts(pages)
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=_PAGE, invariant=True, pageCompression=True, lang=pages.language)
    canvas.setTitle(pages.title)
    canvas.setAuthor(pages.society)
    canvas.setSubject("")
    canvas.setCreator("")
    canvas.setProducer("")
    for number, sheet in enumerate(pages.sheets, start=1):
        _draw(canvas, fonts, sheet, pages.last if number == len(pages.sheets) else "", f"{number} / 2")
    canvas.save()
    return file.getvalue()


def _fonts(pages: TwoPages) -> _Fonts:
    """The fonts every reader has for Western Europe's letters, else one that is embedded."""
    text = "".join(_texts(pages))
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return _embedded(text)
    return _Fonts("Helvetica", "Helvetica-Bold")


def _embedded(text: str) -> _Fonts:
    for name, file in (("Vera", "Vera.ttf"), ("Vera-Bold", "VeraBd.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, file))
    known = pdfmetrics.getFont("Vera").face.charToGlyph
    if missing := sorted({letter for letter in text if ord(letter) not in known}):
        raise ReleaseError(
            f"The brief cannot be printed: its fonts have no letter {missing[0]!r}. They write Western European "
            "letters and some more; publish in another language of the form, or without --brief."
        )
    return _Fonts("Vera", "Vera-Bold")


def _texts(pages: TwoPages) -> Iterator[str]:
    yield from (pages.title, pages.society, pages.last)
    for sheet in pages.sheets:
        yield from (sheet.over, sheet.heading)
        yield from chain.from_iterable((block.heading, *block.lead, *block.listed) for block in sheet.blocks)


def _draw(canvas: Canvas, fonts: _Fonts, sheet: Sheet, last: str, number: str) -> None:
    y = _TOP
    for line in _fitted(fonts, sheet):
        y -= line.height
        canvas.setFont(line.font, line.size)
        if line.font == fonts.bold:
            canvas.setFillColorRGB(*_ACCENT)
        else:
            canvas.setFillGray(line.grey)
        if line.bullet:
            canvas.drawString(_LEFT, y, "•")
        canvas.drawString(_LEFT + line.indent, y, line.text)
    _draw_last(canvas, fonts, last, number)
    canvas.showPage()


def _draw_last(canvas: Canvas, fonts: _Fonts, last: str, number: str) -> None:
    canvas.setStrokeGray(0.75)
    canvas.setLineWidth(0.5)
    canvas.line(_LEFT, _BOTTOM - 3 * _MM, _LEFT + _WIDTH, _BOTTOM - 3 * _MM)
    size, lines = _SMALL[-1], _wrapped(last, fonts.plain, _SMALL[-1], _WIDTH)
    for size in _SMALL:
        lines = _wrapped(last, fonts.plain, size, _WIDTH - 12 * _MM)
        if len(lines) * size * _LEADING <= _BOTTOM - 4 * _MM - _LOWEST:
            break
    canvas.setFillGray(_GREY)
    canvas.setFont(fonts.plain, size)
    for row, line in enumerate(lines):
        canvas.drawString(_LEFT, _BOTTOM - 4 * _MM - (row + 1) * size * _LEADING, line)
    canvas.setFont(fonts.plain, _SMALL[0])
    canvas.drawRightString(_LEFT + _WIDTH, _BOTTOM - 4 * _MM - _SMALL[0] * _LEADING, number)


def _fitted(fonts: _Fonts, sheet: Sheet) -> list[_Line]:
    """As large as it fits; at the smallest size, with as much as fits."""
    for size in _SIZES:
        lines = _lines(fonts, sheet, size)
        if _fits(lines):
            return lines
    while not _fits(lines := _lines(fonts, sheet, _SIZES[-1])):
        sheet = _shortened(sheet)
    return lines


def _fits(lines: Sequence[_Line]) -> bool:
    return sum(line.height for line in lines) <= _TOP - _BOTTOM


def _shortened(sheet: Sheet) -> Sheet:
    """Without the last sentence of the longest list; where no list is left, without the longest paragraphs.

    Raises: ReleaseError if nothing but headings is left.
    """
    listed = [(len(block.listed), sum(map(len, block.listed)), at) for at, block in enumerate(sheet.blocks)]
    leads = [(sum(map(len, block.lead)), at) for at, block in enumerate(sheet.blocks)]
    blocks = list(sheet.blocks)
    if (longest := max(listed))[0]:
        at = longest[-1]
        blocks[at] = replace(blocks[at], listed=blocks[at].listed[:-1], shortened=True)
    elif (longest_lead := max(leads))[0]:
        at = longest_lead[-1]
        blocks[at] = replace(blocks[at], lead=(), shortened=True)
    else:
        raise ReleaseError("The form's title and the society's name do not fit on a page; publish without --brief.")
    return replace(sheet, blocks=tuple(blocks))


def _lines(fonts: _Fonts, sheet: Sheet, size: float) -> list[_Line]:
    found = [*_set(sheet.over, _Line("", fonts.plain, size * 0.85, grey=_GREY))]
    found += _set(sheet.heading, _Line("", fonts.bold, size * 1.9), above=2.0)
    for block in sheet.blocks:
        found += _of_block(fonts, block, size)
    return found


def _of_block(fonts: _Fonts, block: Block, size: float) -> Iterator[_Line]:
    yield from _set(block.heading, _Line("", fonts.bold, size * 1.15), above=size * 1.1)
    for text in block.lead:
        yield from _set(text, _Line("", fonts.plain, size), above=size * 0.25)
    for text in block.listed:
        yield from _set(text, _Line("", fonts.plain, size, indent=_INDENT, bullet=True), above=size * 0.25)
    if block.shortened:
        yield from _set(_MORE, _Line("", fonts.plain, size * 0.85, grey=_GREY), above=size * 0.25)


def _set(text: str, like: _Line, above: float = 0.0) -> Iterator[_Line]:
    """The text in lines like this one: room above and bullet only before the first."""
    for row, part in enumerate(_wrapped(text, like.font, like.size, _WIDTH - like.indent)):
        yield replace(like, text=part, above=0.0 if row else above, bullet=like.bullet and not row)


@lru_cache(maxsize=4096)  # while a page is shortened, the same texts are set again and again
def _wrapped(text: str, font: str, size: float, width: float) -> tuple[str, ...]:
    """The text broken at spaces, and inside words that are too long for a line."""
    lines, rest = [], " ".join(text.split())
    while rest:
        count = _reach(rest, font, size, width)
        if count < len(rest):
            count = rest.rfind(" ", 0, count + 1) if " " in rest[1 : count + 1] else max(count, 1)
        lines.append(rest[:count])
        rest = rest[count:].lstrip()
    return tuple(lines)


def _reach(text: str, font: str, size: float, width: float) -> int:
    """How many letters of the text go into one line."""
    taken = 0.0
    for count, letter in enumerate(text):
        taken += _width(letter, font) * size
        if taken > width:
            return count
    return len(text)


@cache
def _width(letter: str, font: str) -> float:
    """At a size of one point."""
    return float(pdfmetrics.stringWidth(letter, font, 1.0))
