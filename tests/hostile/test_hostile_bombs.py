"""Small inputs that could cost much: nested, repeated, endless. None takes long, or memory beyond a multiple of it."""

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hostile_documents import EVERY_KIND, EXAMPLE
from parsers import peak_bytes, refusal
from test_hostile_parsers import PARSERS

MOST_TIMES, MOST_BESIDE = 100, 30 * 2**20
JSON: dict[str, bytes] = {
    "nested lists": b"[" * 500_000,
    "nested objects": b'{"a":' * 150_000,
    "closed nesting": b"[" * 900 + b"]" * 900,
    "one number": b"1" * 500_000,
    "many numbers": b"[" + b"0," * 250_000 + b"0]",
    "escapes": b'"' + b"\\u0041" * 80_000 + b'"',
    "halves of characters": b'"' + b"\\ud800" * 80_000 + b'"',
    "one key often": b"{" + b'"a":1,' * 80_000 + b'"a":1}',
    "many keys": b"{" + b",".join(b'"%d":1' % n for n in range(60_000)) + b"}",
}
TOML: dict[str, str] = {
    "nested lists": "a = " + "[" * 100_000,
    "nested tables": "a = " + "{a=" * 50_000,
    "a long dotted key": "a." * 5_000 + "b = 1",
    "many tables": "[[page]]\n" * 20_000,
    "one number": "a = " + "1" * 200_000,
    "a hexadecimal number": "a = 0x" + "f" * 200_000,
    "many questions": EVERY_KIND + "\n[[page.question]]\nid = 'q'\nkind = 'scale'\nlabel = 'x'\npoints = 5\n" * 1_500,
    "many settings": EXAMPLE.read_text(encoding="utf-8") + "\n".join(f"a{n} = 1" for n in range(20_000)),
}
TABLES: dict[str, str] = {
    "one wide row": "," * 300_000,
    "a cell without end": '"' + "a,\n" * 100_000,
    "many rows": "a,b\n" * 60_000,
    "a long cell": "team\n" + "a" * 300_000,
    "separators": "team\n" + ";" * 200_000,
    "combining letters": "team\n" + "e" + "\u0301" * 100_000,
}
TEXTS: dict[str, str] = {
    "one letter": "a" * 300_000,
    "dots": "a." * 100_000 + "@" + "a." * 100_000 + "example",
    "hyphens": "a-" * 100_000 + "@" + "a-" * 100_000 + ".example",
    "at signs": "@" * 300_000,
    "blanks": " " * 300_000,
    "quotes": 'PrivateToken token="' + '"=' * 100_000,
    "letters that become many": "\ufdfa" * 5_000 + "@" + "\ufdfa" * 5_000 + ".example",
}


def documents() -> dict[str, tuple[str, Any]]:
    """Parser and input by their names."""
    found: dict[str, tuple[str, Any]] = {}

    def add(names: str, bombs: dict[str, Any], made: Callable[[Any], Any] = lambda bomb: bomb) -> None:
        found.update({f"{name}: {what}": (name, made(bomb)) for name in names.split() for what, bomb in bombs.items()})

    add("manifest statement withdrawal revision refusal_of_a_service release_record marks carried_measurement", JSON)
    add("about.json beside.json brief.json guide.json ledger.json margins.json outside.json", JSON)
    add("request_for_mail", JSON, lambda body: (body, {"Content-Type": "application/json"}))
    add("box_file", JSON, lambda header: b"subrosa/box/v1\n" + header)
    add("form sheet", TOML)
    add("config addition", TOML, str.encode)
    add("answers earlier_tables", TABLES)
    add("mailing_list synthetic_records", TABLES, str.encode)
    add("token_header admission code address domain part_of_a_file", TEXTS)
    return found


BOMBS = documents()
# What strangers send; the rest comes in files, and is tried where there is more time.
BY_REQUEST = {"request_for_mail", "token_header", "admission", "code", "address", "part_of_a_file", "manifest"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in BY_REQUEST else [pytest.mark.long])
        for name in sorted({name for name, _ in BOMBS.values()})
    ],
)
def test_no_small_input_costs_much(name: str, tmp_path: Path) -> None:
    parser = PARSERS[name](tmp_path)
    for what, (of, bomb) in BOMBS.items():
        if of == name:
            size = len(bomb[0] if isinstance(bomb, tuple) else bomb)
            refusal(parser, bomb)
            peak = peak_bytes(lambda bomb=bomb: refusal(parser, bomb, inf))  # watching memory takes many times as long
            assert peak < MOST_TIMES * size + MOST_BESIDE, what
