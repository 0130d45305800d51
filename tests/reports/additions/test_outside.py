"""Figures from elsewhere: what is taken, what is refused, and that nothing in them runs on the page."""

from typing import Any

import pytest
from opening_rounds import FORM
from release_rounds import WISHES, make_manifest

from reports.additions.outside import FILE, outside_bytes, read_outside
from reports.errors import ReleaseError
from reports.labels import Labels
from reports.page.outside_words import beside
from survey.rounds.manifest import Manifest

SHARE: dict[str, Any] = {"question": "why", "answer": "money", "value": 0.31, "source": "A study", "year": 2025}
FULL = SHARE | {
    "by": ["team"],
    "cohort": ["red"],
    "low": 0.28,
    "high": 0.34,
    "url": "https://example.org/a",
    "note": "Of 900.",
}
MEDIAN: dict[str, Any] = {"question": "pocket", "statistic": "median", "value": 410, "source": "B", "year": 2024}


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return make_manifest(FORM, WISHES)


def test_what_is_written_is_read_again(manifest: Manifest) -> None:
    data = outside_bytes(manifest, {"figure": [FULL, MEDIAN]})
    first, second = read_outside(manifest, data)
    assert (first.question, first.answer, first.by, first.cohort) == ("why", "money", ("team",), ("red",))
    assert (first.value, first.low, first.high, first.year) == (0.31, 0.28, 0.34, 2025)
    assert (second.statistic, second.value, second.url) == ("median", 410.0, "")
    assert read_outside(manifest, None) == ()


def test_figures_are_put_into_words_beside_their_question(manifest: Manifest) -> None:
    told = beside(
        read_outside(manifest, outside_bytes(manifest, {"figure": [FULL, MEDIAN]})), FORM, Labels.of(FORM, "en")
    )
    assert [(one.what, one.value) for one in told["why"]] == [("“No budget”, in the group “Red”", "31% (28% to 34%)")]
    assert [(one.what, one.value) for one in told["pocket"]] == [("the median", "410")]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"question": "nope"}, "is not a question of this form"),
        ({"answer": "nope"}, "is not an answer to 'why'"),
        ({"statistic": "median"}, "either an answer or a statistic"),
        ({"answer": "", "statistic": "median"}, "a statistic is the median of an amount"),
        ({"value": 31}, "write 31 % as 0.31"),
        ({"value": True}, "value is a number"),
        ({"value": float("nan")}, "value is a number"),
        ({"low": 0.2}, "value is a number"),
        ({"low": 0.4, "high": 0.5}, "value is a number"),
        ({"by": ["team"]}, "by and cohort together"),
        ({"by": ["team"], "cohort": ["green"]}, "is not an answer to a cohort question"),
        ({"by": ["why"], "cohort": ["money"]}, "is not an answer to a cohort question"),
        ({"source": ""}, "whose figure"),
        ({"source": "a\nb"}, "source is one line"),
        ({"note": "x" * 241}, "note is one line"),
        ({"year": "2025"}, "year is a year"),
        ({"url": "http://example.org/a"}, "https://"),
        ({"url": "javascript:alert(1)"}, "https://"),
        ({"url": "https://example.org/a b"}, "https://"),
        ({"more": 1}, "and nothing else"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(manifest: Manifest, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ReleaseError, match="Outside figure 1: ") as refused:
        outside_bytes(manifest, {"figure": [SHARE | changed]})
    assert said in str(refused.value)


@pytest.mark.parametrize("document", [{}, {"figure": []}, {"figure": "x"}, {"figure": [SHARE], "x": 1}, [SHARE], None])
def test_a_file_without_figures_is_refused(manifest: Manifest, document: object) -> None:
    with pytest.raises(ReleaseError, match=r"Outside figure"):
        outside_bytes(manifest, document)


def test_a_release_whose_file_was_written_by_hand_is_refused(manifest: Manifest) -> None:
    data = outside_bytes(manifest, {"figure": [SHARE]})
    for changed in (data + b"\n", b"{", b"[]", data.replace(b"0.31", b"0.310")):
        with pytest.raises(ReleaseError):
            read_outside(manifest, changed)
    assert FILE == "outside.json"
