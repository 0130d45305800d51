"""A release works out each of its figures once, however many of its files say it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from release_rounds import Round, make_round, tiny_form

WORKED_OUT = ("reports.figures.estimate", "reports.counted.reconstruct", "reports.summaries.summaries")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return make_round(tmp_path_factory.mktemp("findings"), tiny_form())


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each was called, by name; of summaries by question and cohorts as well."""
    found: Counter[str] = Counter()

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            found[f"{name} {given[1].id} {given[2]}" if name.endswith("summaries") else name] += 1
            return real(*given)

        return call

    for name in WORKED_OUT:
        room, _, function = name.rpartition(".")
        real = getattr(__import__(room, fromlist=[function]), function)
        monkeypatch.setattr(name, counted(name, real))
    return found


def test_no_estimate_and_no_statistic_of_a_release_is_worked_out_twice(made: Round, times: Counter[str]) -> None:
    made.files()
    assert len(times) == 2 + 3 * 2  # estimates, unbiased tables, and three questions for everyone and by team
    assert set(times.values()) == {1}
