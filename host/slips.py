"""Slips to print and cut out: on each the invitation link as a QR code, and the same code for typing.

The file names neither this machine nor its time. The slips lie in the order of the links, which are random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO, Final, NamedTuple

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from host.slip_words import SlipWords

_MM: Final = 72 / 25.4
_PAGE: Final = (210 * _MM, 297 * _MM)
_COLUMNS, _ROWS = 2, 5
_MARGIN: Final = 10 * _MM
_WIDTH: Final = (_PAGE[0] - 2 * _MARGIN) / _COLUMNS
_HEIGHT: Final = (_PAGE[1] - 2 * _MARGIN) / _ROWS
_SQUARE: Final = 42 * _MM  # with its quiet zone, which is all the margin it needs
_TEXT_LEFT: Final = 45 * _MM
_TEXT_WIDTH: Final = _WIDTH - _TEXT_LEFT - 3.5 * _MM
_TEXT_TOP: Final = _HEIGHT - 4.5 * _MM
_HOW_TOP: Final = 29 * _MM

# The fonts that every PDF reader has; they write what Windows-1252 holds, which is Western Europe's letters.
_PLAIN, _BOLD, _CODE, _SIGNS = "Helvetica", "Helvetica-Bold", "Courier-Bold", "ZapfDingbats"
_ENCODING: Final = "cp1252"
_SCISSORS: Final = "\u2702"
_GREY, _PALE = 0.35, 0.6

# A phone needs about 0.4 mm a module. In this square that is 85 modules and a quiet zone of 4 on each side: a code of
# version 17, which holds so many bytes.
_MOST_BYTES: Final = 504
_QUIET: Final = 4

Advance = Callable[[int], None]


class SlipError(ValueError):
    """Slips that cannot be printed; says why."""


class _Style(NamedTuple):
    """font, largest and smallest size in points, most lines, grey (0 is black)."""

    font: str
    largest: float
    smallest: float
    lines: int
    grey: float = 0.0


_SOCIETY: Final = _Style(_BOLD, 7.5, 5.5, 2, _GREY)
_TITLE: Final = _Style(_BOLD, 11, 7.5, 3)
_SENTENCE: Final = _Style(_PLAIN, 7.5, 6, 1)
_SITE: Final = _Style(_BOLD, 7.5, 4, 1)
_TYPED: Final = _Style(_CODE, 11, 11, 1)
_KEPT: Final = _Style(_PLAIN, 6, 5, 2, _GREY)


def check_slips(words: SlipWords, link: str) -> None:
    """Whether slips with these words and links as long as this one can be printed. Raises: SlipError."""
    for text, what in ((words.society, "The society's name"), (words.title, "The form's title")):
        if not _is_printable(text):
            raise SlipError(
                f"{what} has letters that the slips' font does not have (it has those of Western Europe); "
                "write it with others, choose another --language, or make links with --links instead."
            )
    if not _is_printable(words.site) or _fits(words.site, _SITE.font, _SITE.smallest) < len(words.site):
        raise SlipError("The site's address is too long for a slip, or cannot be printed; make --links instead.")
    _modules(link)


def write_slips(file: BinaryIO, words: SlipWords, links: Sequence[str], advance: Advance) -> None:
    """All slips as one PDF, ten a page of A4. `check_slips` says beforehand whether this can be done."""
    canvas = Canvas(file, pagesize=_PAGE, invariant=True, pageCompression=True)
    canvas.setTitle("")
    canvas.setAuthor("")
    canvas.setSubject("")
    canvas.setCreator("")
    canvas.setProducer("")
    a_page = _COLUMNS * _ROWS
    for number, link in enumerate(links):
        place = number % a_page
        if place == 0:
            _draw_cuts(canvas, min(a_page, len(links) - number))
        column, row = place % _COLUMNS, place // _COLUMNS
        canvas.saveState()
        canvas.translate(_MARGIN + column * _WIDTH, _PAGE[1] - _MARGIN - (row + 1) * _HEIGHT)
        _draw_slip(canvas, words, link)
        canvas.restoreState()
        if place == a_page - 1 or number == len(links) - 1:
            canvas.showPage()
        advance(number + 1)
    canvas.save()


def _draw_cuts(canvas: Canvas, slips: int) -> None:
    """Dashed lines along which to cut, from edge to edge, as far down as there are slips."""
    rows = -(-slips // _COLUMNS)
    lowest = _PAGE[1] - _MARGIN - rows * _HEIGHT
    canvas.saveState()
    canvas.setStrokeGray(_PALE)
    canvas.setFillGray(_PALE)
    canvas.setLineWidth(0.5)
    canvas.setDash(3, 3)
    canvas.setFont(_SIGNS, 9)
    for line in range(rows + 1):
        y = _PAGE[1] - _MARGIN - line * _HEIGHT
        canvas.line(0, y, _PAGE[0], y)
        canvas.drawString(3 * _MM, y - 3.1, _SCISSORS)
    for line in range(_COLUMNS + 1):
        x = _MARGIN + line * _WIDTH
        canvas.line(x, lowest, x, _PAGE[1] - _MARGIN)
    canvas.restoreState()


def _draw_slip(canvas: Canvas, words: SlipWords, link: str) -> None:
    _draw_square(canvas, 1 * _MM, (_HEIGHT - _SQUARE) / 2, link)
    y = _draw_text(canvas, _TEXT_TOP, words.society, _SOCIETY)
    _draw_text(canvas, y - 2, words.title, _TITLE)
    y = _draw_text(canvas, _HOW_TOP, words.scan, _SENTENCE)
    y = _draw_text(canvas, y, words.or_type, _SENTENCE)
    y = _draw_text(canvas, y, words.site, _SITE) - 2.5
    # In capitals: a small l is a 1 to many eyes, and codes are read without regard to case.
    groups = link.rpartition(".")[2].upper().split("-")
    for line in (groups[:3], groups[3:]):
        y = _draw_text(canvas, y, "-".join(line), _TYPED)
    _draw_text(canvas, y - 2, words.kept, _KEPT)


def _draw_square(canvas: Canvas, left: float, bottom: float, link: str) -> None:
    """The QR code with its quiet zone, as one shape, so that no reader draws hairlines between modules."""
    modules = _modules(link)
    side = _SQUARE / (len(modules) + 2 * _QUIET)
    path = canvas.beginPath()
    for number, row in enumerate(modules):
        y = bottom + _SQUARE - (_QUIET + number + 1) * side
        for first, last in _runs(row):
            path.rect(left + (_QUIET + first) * side, y, (last - first) * side, side)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_text(canvas: Canvas, y: float, text: str, style: _Style) -> float:
    """Draw a text from here downwards, as large as it fits; where the next one may begin."""
    size = style.largest
    while size > style.smallest and len(_lines(text, style.font, size)) > style.lines:
        size -= 0.5
    lines = _lines(text, style.font, size)
    if len(lines) > style.lines:
        last = lines[style.lines - 1]
        lines = [*lines[: style.lines - 1], last[: _fits(last + "…", style.font, size) - 1].rstrip() + "…"]
    canvas.setFillGray(style.grey)
    canvas.setFont(style.font, size)
    for line in lines:
        canvas.drawString(_TEXT_LEFT, y - 0.9 * size, line)
        y -= 1.2 * size
    return y


def _lines(text: str, font: str, size: float) -> list[str]:
    """The text broken at spaces, and inside words that are too long for a line."""
    lines, rest = [], " ".join(text.split())
    while rest:
        count = _fits(rest, font, size)
        if count < len(rest):
            count = rest.rfind(" ", 0, count + 1) if " " in rest[: count + 1] else max(count, 1)
        lines.append(rest[:count])
        rest = rest[count:].lstrip()
    return lines


def _fits(text: str, font: str, size: float) -> int:
    """How many characters of the text go into one line."""
    width = 0.0
    for count, character in enumerate(text):
        width += stringWidth(character, font, size)
        if width > _TEXT_WIDTH:
            return count
    return len(text)


def _is_printable(text: str) -> bool:
    try:
        return text.isprintable() and bool(text.encode(_ENCODING))
    except UnicodeEncodeError:
        return False


def _modules(link: str) -> Sequence[Sequence[bool]]:
    """The QR code of a link, at the level that survives creases and stains. Raises: SlipError if it gets too fine."""
    if len(link.encode()) > _MOST_BYTES:
        raise SlipError("The invitation links are too long for a QR code that phones can read; make --links instead.")
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(link)
    code.make()
    modules: Sequence[Sequence[bool]] = code.modules
    return modules


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Where dark modules begin and end in a row."""
    edges = [n for n in range(len(row) + 1) if bool(n and row[n - 1]) != bool(n < len(row) and row[n])]
    return list(zip(edges[::2], edges[1::2], strict=True))
