"""The brief: two pages whatever the lengths, no sentence cut, the same bytes, text that can be selected."""

import re
from dataclasses import replace

import pypdfium2
import pytest

from reports.additions.ask import Ask, brief_bytes, read_brief
from reports.errors import ReleaseError
from reports.opening.headlines import Headline, Headlines
from reports.opening.taking_part import Figures, Respondents, TakingPart
from reports.opening.two_pages import Told, TwoPages, two_pages
from reports.opening.two_pages_pdf import brief_pdf

ASK = Ask("One day a month for talks.", "Up to 2,000 EUR", "Regretted leavers", "When two of five leaders say so")
TOLD = Told(
    title="What moves the needle",
    society="Society of the Rose",
    language="en",
    headlines=Headlines((Headline("leader", "q", "a", "“Keeping people” leads: 34% (±8).", 0.1),), "Groups are alike."),
    no=("Why: “No budget” 31% (±7).",),
    moved=("What moved them: “Figures” 30% (±7).",),
    taking_part=TakingPart(Respondents("312", "9"), "300", ("With a code.",), "English"),
    figures=Figures("120", "30", "12"),
    dates="1 March 2026 to 1 April 2026",
    eligible="",
    privacy="An even bet becomes at most 88% sure.",
    evidence=(),
)


def read(pdf: bytes) -> list[str]:
    """The text of each page as a reader would copy it, on one line."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


def sentences(pages: TwoPages) -> list[str]:
    return [text for sheet in pages.sheets for block in sheet.blocks for text in (*block.lead, *block.listed)]


def test_it_says_the_case_on_one_page_and_the_ask_on_the_other() -> None:
    case, ask = read(brief_pdf(two_pages(TOLD, ASK)))
    for text in ("“Keeping people” leads: 34% (±8).", "No budget", "What moved them", "Groups are alike."):
        assert text in case
    for text in (*(ASK.decision, ASK.cost, ASK.measure, ASK.stop), "About 312 people answered, give or take 9"):
        assert text in ask
    assert "Who did not answer" in ask
    assert "of 120 figures, 30 are hidden" in ask


def test_privacy_stands_in_the_last_line() -> None:
    last = read(brief_pdf(two_pages(TOLD, ASK)))[1]
    assert last.replace(" 2 / 2", "").strip().endswith(TOLD.privacy)


def test_the_same_brief_is_the_same_bytes() -> None:
    assert brief_pdf(two_pages(TOLD, ASK)) == brief_pdf(two_pages(TOLD, ASK))


def test_title_and_language_are_set_and_neither_time_nor_machine_is() -> None:
    pdf = brief_pdf(two_pages(replace(TOLD, language="es"), ASK))
    found = pypdfium2.PdfDocument(pdf).get_metadata_dict()
    assert found["Title"] == "What moves the needle"
    assert found["CreationDate"].startswith("D:20000101")
    assert found["Producer"] in ("", "ReportLab PDF Library - (opensource)")
    assert b"/Lang (es)" in pdf


@pytest.mark.parametrize("many", [0, 1, 5, 40])
@pytest.mark.parametrize("times", [1, 12, 80])
def test_it_has_two_pages_of_a4_and_cuts_no_sentence_whatever_the_lengths(many: int, times: int) -> None:
    long = tuple(Headline("leader", "q", "a", f"Finding {n}" + " and a word" * times + ".", 0.1) for n in range(many))
    told = replace(
        TOLD, headlines=Headlines(long, "Alike."), no=tuple(one.text for one in long), title="Title " * times
    )
    pages = two_pages(told, ASK)
    pdf = brief_pdf(pages)
    document = pypdfium2.PdfDocument(pdf)
    assert [tuple(map(round, page.get_size())) for page in document] == [(595, 842), (595, 842)]
    text = " ".join(read(pdf))
    assert all(one in text or one.startswith("Finding") for one in sentences(pages) if one[:24] in text)
    for n in range(many):
        began, whole = (text.count(part) for part in (f"Finding {n} and", long[n].text))
        assert began == whole


def test_what_is_left_out_for_want_of_room_is_said() -> None:
    few, many = (
        replace(TOLD, no=("A reason, told at some length, so that a line is full of it. " * 3,) * n) for n in (2, 60)
    )
    assert "More on the release page." not in read(brief_pdf(two_pages(few, ASK)))[0]
    assert "More on the release page." in read(brief_pdf(two_pages(many, ASK)))[0]


def test_a_title_that_fills_a_page_by_itself_is_refused() -> None:
    with pytest.raises(ReleaseError, match="do not fit on a page"):
        brief_pdf(two_pages(replace(TOLD, title="A title without end " * 900), ASK))


def test_what_nobody_wrote_is_said_to_be_missing_and_not_made_up() -> None:
    assert "No decision was written for this brief" in read(brief_pdf(two_pages(TOLD, Ask())))[1]
    partly = read(brief_pdf(two_pages(TOLD, Ask(decision="Do it."))))[1]
    assert "Do it." in partly
    assert "When to stop, this brief does not say." in partly


def test_letters_beyond_western_europe_are_printed_where_a_font_has_them_and_refused_where_none_has() -> None:
    assert "Ağaç čaj" in read(brief_pdf(two_pages(replace(TOLD, title="Ağaç čaj"), ASK)))[0]
    with pytest.raises(ReleaseError, match="no letter 'Ж'"):
        brief_pdf(two_pages(replace(TOLD, no=("Ж",)), ASK))


def test_a_label_is_text_and_never_markup() -> None:
    told = replace(TOLD, title="<b>&amp; {{ 7*7 }} <img src=x>")
    assert told.title in read(brief_pdf(two_pages(told, ASK)))[0]


@pytest.mark.parametrize(
    "document", [[], {"more": "x"}, {"cost": 5}, {"cost": "a\nb"}, {"cost": " "}, {"cost": "x" * 301}]
)
def test_an_ask_that_is_none_is_refused(document: object) -> None:
    with pytest.raises(ReleaseError, match="The brief"):
        brief_bytes(None, document)  # type: ignore[arg-type]


def test_an_ask_is_read_as_it_was_written() -> None:
    data = brief_bytes(None, {"decision": "Do it.", "cost": "5"})  # type: ignore[arg-type]
    assert read_brief(None, data) == Ask(decision="Do it.", cost="5")  # type: ignore[arg-type]
    assert read_brief(None, None) is None  # type: ignore[arg-type]
    for changed in (data + b" ", b"{", b'{"cost":"5", "decision":"Do it."}'):
        with pytest.raises(ReleaseError, match=r"brief\.json"):
            read_brief(None, changed)  # type: ignore[arg-type]
