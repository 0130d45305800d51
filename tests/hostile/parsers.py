"""A parser that reads what comes from elsewhere, and what is tried on it."""

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy
from mutations import MARK

MOST_SECONDS = 5.0  # of processor time, on a busy machine too: what explodes takes far longer


@dataclass(frozen=True)
class Parser:
    """read: raises one of `errors` and nothing else. secret: no message repeats anything of the input."""

    read: Callable[[Any], object]
    errors: tuple[type[Exception], ...]
    inputs: SearchStrategy[Any]
    secret: bool = False


def refusal(parser: Parser, given: Any, most_seconds: float = MOST_SECONDS) -> str | None:
    """What the parser says no with; None if it takes it. Fails if it raises anything else, takes long, or tells."""
    begun = time.process_time()
    said, under = None, None
    try:
        parser.read(given)
    except parser.errors as fault:
        said = "\n".join([str(fault), *getattr(fault, "__notes__", ())])
        under = fault.__cause__
    assert under is None, "the error under it would be shown with it"
    assert time.process_time() - begun < most_seconds
    if said is not None:
        assert said.replace("\n", "").isprintable(), "a terminal would obey it"
        assert len(said) < 10_000
        assert not parser.secret or MARK not in said
    return said


def peak_bytes(act: Callable[[], object]) -> int:
    """The most memory of Python's that something took at once."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
