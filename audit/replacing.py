"""Another function in the place of a real one, by name, for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def replaced(place: ModuleType | type, name: str, other: Callable[[Any], Any]) -> Iterator[None]:
    """Put `other(real)` where a module or a class keeps `real`. Raises: AttributeError if it keeps no such thing."""
    real = getattr(place, name)
    setattr(place, name, other(real))
    try:
        yield
    finally:
        setattr(place, name, real)
