"""What somebody hostile makes of something valid: bytes, text, JSON, TOML and tables, changed in a few places.

Strategies start from what a parser takes, so that what comes out gets past its first look.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import rfc8785
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

MARK = "mark7391mark7391"
"""Stands for what no message may repeat."""
DEEP = 3_000
TEXTS = (
    "", "0", "-1", "1" * 5_000, "9" * 400, "1e999", "nan", "inf", "\0", "\n", "\r\n", "\x1b[2J", "\u202e", "\ufeff",
    "\ud800", "\udfff", "𝟘", "١", "é", "ß", "\u200d", "../../x", "%00", "'", '"', "`", ";", "|", "=", "@", ",", "[",
    "{", "#", "\\u", MARK, "a" * 3_000, "€" * 300, "[" * DEEP, "{" * DEEP, '{"a":' * DEEP, "a." * DEEP, "(" * DEEP,
)  # fmt: skip
BYTES = (
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xf8",
    b"\xff\xfe",
    *(t.encode("utf-8", "surrogatepass") for t in TEXTS),
)


class Raw(str):
    """Written into JSON as it stands."""


VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, -0.0, 2**53 - 1, 2**53, 2**63, 2**64, -(2**70), 1e300, 5e-324, "", "0", "\0",
    "\ud800", "\u202e", MARK, "a" * 3_000, [], {}, [[]], {"": ""}, {"__proto__": 1}, [None] * 300, {"a": {"a": 1}},
    Raw("NaN"), Raw("Infinity"), Raw("-Infinity"), Raw("1e999"), Raw("1" + "0" * 400), Raw("1" * 5_000),
    Raw("[" * DEEP + "]" * DEEP), Raw('{"a":' * DEEP + "1" + "}" * DEEP), Raw('{"a":1,"a":2}'), Raw('"\\ud800"'),
    Raw("01"), Raw(""), Raw("1.0"),
)  # fmt: skip


@st.composite
def damaged(draw: DrawFn, valid: Sequence[bytes], hostile: Sequence[bytes] = BYTES) -> bytes:
    """One of these, with a few pieces flipped, cut out, doubled, moved or put in."""
    data = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(0, 3))):
        data = _damage(draw, data, hostile, bytes)
    return data


@st.composite
def damaged_text(draw: DrawFn, valid: Sequence[str], hostile: Sequence[str] = TEXTS) -> str:
    """The same of text; halves of characters among it."""
    text = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(0, 3))):
        text = _damage(draw, text, hostile, lambda codes: "".join(map(chr, codes)))
    return text


def _damage(draw: DrawFn, data: Any, hostile: Sequence[Any], made: Callable[[list[int]], Any]) -> Any:
    start = draw(st.integers(0, len(data)))
    end = min(len(data), start + draw(st.sampled_from([0, 1, 1, 2, 8, 64, 100_000])))
    how = draw(st.sampled_from(["put", "put", "flip", "cut", "double", "stop", "move"]))
    piece = data[start:end]
    if how == "put":
        return data[:start] + draw(st.sampled_from(hostile)) + data[end:]
    if how == "flip":
        return data[:start] + made([draw(st.integers(0, 255)) for _ in piece[:8]]) + data[start + len(piece[:8]) :]
    if how == "stop":
        return data[:start]
    middle = {"cut": data[:0], "double": piece * 2, "move": data[:0]}[how]
    return data[:start] + middle + data[end:] + (piece if how == "move" else data[:0])


def places(document: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a JSON document."""
    yield above
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inside:
        yield from places(value, (*above, key))


@st.composite
def damaged_document(draw: DrawFn, valid: Sequence[Any]) -> Any:
    """One of these JSON documents, with values replaced, left out, doubled, or moved to another place."""
    document = copy.deepcopy(draw(st.sampled_from(valid)))
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
        ways = [way for way in places(document) if way]
        if not ways or draw(st.integers(0, 15)) == 0:
            return copy.deepcopy(draw(st.sampled_from(VALUES)))
        if draw(st.booleans()):  # most values lie deep, and what stands at the top is read first
            ways = [way for way in ways if len(way) <= 2]
        *above, last = draw(st.sampled_from(ways))
        holder = document
        for key in above:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "replace", "replace", "delete", "rename", "swap", "double"]))
        if how == "delete":
            del holder[last]
        elif how == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from(TEXTS))] = holder.pop(last)
        elif how == "double":
            holder[last] = [holder[last], holder[last]]
        elif how == "swap":
            other = draw(st.sampled_from(ways))
            with_other = document
            for key in other:
                with_other = with_other[key] if _holds(with_other, key) else None
            holder[last] = copy.deepcopy(with_other)
        else:
            holder[last] = copy.deepcopy(draw(st.sampled_from(VALUES)))  # it may be changed in turn
    return document


def _holds(value: Any, key: Any) -> bool:
    return (isinstance(value, dict) and key in value) or (
        isinstance(value, list) and isinstance(key, int) and key < len(value)
    )


def written(document: Any) -> bytes:
    """As JSON: canonical where it can be, so that it is not refused for its spelling; raw pieces as they are."""
    try:
        return rfc8785.dumps(document) if not _has_raw(document) else _raw(document).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return _raw(document).encode("utf-8", "surrogatepass")


def _has_raw(document: Any) -> bool:
    if isinstance(document, dict):
        return any(map(_has_raw, document.values()))
    return isinstance(document, Raw) or (isinstance(document, list) and any(map(_has_raw, document)))


def _raw(document: Any) -> str:
    if isinstance(document, Raw):
        return str(document)
    if isinstance(document, dict):
        return "{" + ",".join(f"{json.dumps(str(k))}:{_raw(v)}" for k, v in sorted(document.items(), key=str)) + "}"
    if isinstance(document, list):
        return "[" + ",".join(map(_raw, document)) + "]"
    return json.dumps(document)


def damaged_json(*valid: bytes) -> SearchStrategy[bytes]:
    """JSON with other values in it, or its bytes damaged."""
    documents = [json.loads(one) for one in valid]
    return damaged_document(documents).map(written) | damaged(valid)


TOML_VALUES = (
    "1", "-1", "0", "0.5", "true", "nan", "inf", "-inf", "1e400", "9" * 5_000, "0x" + "f" * 5_000, '""', '"\\u202e"',
    '"\\u0000"', "2026-01-01", "0001-01-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "07:32:00", "[]",
    "{}", "[[]]", "[1, 'a']", "[" * DEEP + "]" * DEEP, "{a=" * DEEP + "1" + "}" * DEEP, "'''\n'''", f'"{MARK}"',
    '"' + "a" * 3_000 + '"', "[" + "1," * 3_000 + "]",
)  # fmt: skip
_ASSIGNED = re.compile(r"(?<==)[ ]*[^\n]+")


@st.composite
def damaged_toml(draw: DrawFn, valid: Sequence[str]) -> str:
    """TOML with other values behind some `=`, or lines doubled, or the text itself damaged."""
    text = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(1, 2))):
        found = list(_ASSIGNED.finditer(text))
        if found and draw(st.booleans()):
            one = draw(st.sampled_from(found))
            text = f"{text[: one.start()]} {draw(st.sampled_from(TOML_VALUES))}{text[one.end() :]}"
        else:
            lines = text.split("\n")
            at = draw(st.integers(0, len(lines) - 1))
            text = "\n".join(
                [*lines[:at], lines[at], *lines[at:]] if draw(st.booleans()) else [*lines[:at], *lines[at + 1 :]]
            )
    return text if draw(st.integers(0, 3)) else draw(damaged_text([text]))


@st.composite
def damaged_table(draw: DrawFn, valid: Sequence[str]) -> str:
    """CSV with other cells, rows doubled or cut, or the text itself damaged."""
    rows = [line.split(",") for line in draw(st.sampled_from(valid)).split("\n")]
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.sampled_from(rows))
        row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(TEXTS))
        if draw(st.booleans()):
            rows.append(row if draw(st.booleans()) else row[:1])
    text = "\n".join(map(",".join, rows))
    return text if draw(st.integers(0, 3)) else draw(damaged_text([text]))
