"""The codebook repeats what respondents were told, and the promise page is held to it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from a_round import make_round as make_small_round
from release_rounds import Round

from reports.dataset.told import NOT_KNOWN, controller, retention, told
from survey.rounds.eligibility import Eligibility, MailEligibility

PAGE = Path(__file__).parents[3] / "survey" / "client" / "src" / "ui"
SOURCES = ("promise.ts", "parties.ts", "eligible.ts", "odds.ts")


def page_words() -> list[str]:
    """What the client's source has between quotes and what is put in, longest first; joined strings are joined."""
    source = "\n".join((PAGE / name).read_text(encoding="utf-8") for name in SOURCES)
    joined = re.sub(r"""["`]\s*\+\s*["`]""", "", source)
    return sorted({words.strip() for words in re.split(r'["`]|\$\{|\}', joined)}, key=len, reverse=True)


def not_on_the_page(sentence: str, values: list[str]) -> str:
    """What is left of a sentence without the page's words and the values that were put into them."""
    words = page_words()
    long, short = [w for w in words if len(w) > 8], [w for w in words if 2 < len(w) <= 8]
    for known in [*long, *sorted(values, key=len, reverse=True), *short]:
        sentence = sentence.replace(known, "\0")
    return re.sub(r"[\0\d\s.,;%()]", "", sentence)


@pytest.mark.parametrize(
    "eligibility",
    [
        Eligibility(True, None),
        Eligibility(False, MailEligibility(("rose.example",), free_mail=False, per_domain=3)),
        Eligibility(True, MailEligibility(members_only=True)),
    ],
)
def test_every_sentence_is_on_the_promise_page(eligibility: Eligibility) -> None:
    manifest = replace(make_small_round().manifest, eligibility=eligibility)
    values = [manifest.society, *manifest.operators, manifest.id, "at rose.example"]
    sentences = told(manifest)["promise"]
    assert len(sentences) > 20
    assert {sentence: rest for sentence in sentences if (rest := not_on_the_page(sentence, values))} == {}


def test_a_sentence_that_is_not_on_the_page_is_found() -> None:
    assert not_on_the_page("We keep your answers for ever.", []) != ""


def test_the_codebook_says_who_answers_for_the_data_when_it_was_collected_and_what_is_kept(tiny_round: Round) -> None:
    book = json.loads(tiny_round.files()["codebook.json"])
    assert book["fieldwork"] == {
        "opens": "2026-03-01T00:00:00Z",
        "closes": "2026-04-01T00:00:00Z",
        "closed": "2026-04-01T00:00:00Z",
        "measured": "2026-04-02",
    }
    assert book["controller"] == controller(tiny_round.manifest)
    assert book["controller"]["operators"]["tally"]["operator"] == "Two members of the board"
    assert book["consent"]["promise"] == told(tiny_round.manifest)["promise"]
    assert set(retention(tiny_round.manifest)["kept"]) >= {"ballots", "key", "token key", "codes", "measurement"}
    assert book["retention"] == retention(tiny_round.manifest)
    assert NOT_KNOWN not in json.dumps(book)
