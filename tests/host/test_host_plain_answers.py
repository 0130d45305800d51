"""Heads that are kept for answers of one second: they are gunicorn's, and nothing of the second before stays."""

from types import SimpleNamespace

import pytest

from host import plain_answers
from host.plain_answers import Line, PlainAnswer

ASKED = SimpleNamespace(method="PUT", version=(1, 1), should_close=lambda: False)


def head(status: str) -> bytes:
    line = Line(None)  # type: ignore[arg-type]
    answer = PlainAnswer(ASKED, line, None)
    answer.start_response(status, [("Content-Length", "0")])
    answer.send_headers()
    return line.written


def test_heads_of_another_second_are_forgotten_as_soon_as_one_of_a_new_second_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = iter((70.0, 70.9, 71.0, 90.0))
    monkeypatch.setattr(plain_answers, "time", SimpleNamespace(time=lambda: next(seconds)))
    first = head("201 CREATED")
    assert first.startswith(b"HTTP/1.1 201 CREATED\r\n")
    kept = []
    for status in ("200 OK", "201 CREATED", "201 CREATED"):
        head(status)
        kept.append({second: len(heads) for second, heads in plain_answers._heads.items()})
    assert kept == [{70: 2}, {71: 1}, {90: 1}]
