"""Another function in the place of a real one, by name, for a while."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def replaced(module: str, name: str, other: Callable[[Any], Any]) -> Iterator[None]:
    """Put `other(real)` where `module` keeps `real`; `name` may lead into a class. Raises: AttributeError."""
    *inside, last = name.split(".")
    place: Any = importlib.import_module(module)
    for step in inside:
        place = getattr(place, step)
    real = vars(place)[last] if last in vars(place) else getattr(place, last)
    setattr(place, last, other(real))
    try:
        yield
    finally:
        setattr(place, last, real)
