"""The conversation sheet as a page: what is on it, what is not, and how many sheets of paper it takes."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from survey.forms.loading import bundled, form_from_toml
from survey.forms.model import Scale
from survey.forms.sheets import bundled_sheet, sheet_from_toml
from survey.pages.sheet import sheet_page

PULSE = bundled("team-pulse")
CHROMIUM = shutil.which("chromium")
HARMLESS = {
    *("html", "head", "meta", "title", "style", "body", "main", "section"),
    *("h1", "h2", "p", "ul", "li", "span", "i"),
}
FORM = """
id = "hostile"
title = "Hostile"
intro = "A form of somebody else."
[[page]]
title = "<script>alert(1)</script>"
[[page.question]]
id = "mood"
kind = "scale"
label = "<img src=x onerror=alert(1)>"
points = 3
low = "\\"><input>"
high = "High"
"""
SHEET = """
title = "</style><script>alert(2)</script>"
intro = "<form action=//elsewhere>"
before = { title = "<a href=//elsewhere>", lines = ["<textarea>"] }
after = { title = "After", lines = ["Thank each other."] }
[[topic]]
question = "mood"
care = "<button>"
ask = ["<select>"]
"""


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.words.append(data.strip())


def pulse(language):
    return sheet_page(PULSE, bundled_sheet("team-pulse", PULSE), language)


def hostile():
    form = form_from_toml(FORM)
    return sheet_page(form, sheet_from_toml(SHEET, form), "")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_has_every_question_its_ends_and_what_to_talk_about(language):
    words = Page(pulse(language)).words
    sheet = bundled_sheet("team-pulse", PULSE)
    expected = [question.label for question in PULSE.questions]
    expected += [
        end for question in PULSE.questions if isinstance(question, Scale) for end in (question.low, question.high)
    ]
    expected += [line for topic in sheet.topics for line in topic.ask]
    expected += [sheet.title, sheet.intro, *sheet.before.lines, *sheet.after.lines]
    expected += [page.title for page in PULSE.pages]
    assert [label for label in expected if label.text(language) not in words] == []
    assert ("lang", language) in Page(pulse(language)).attributes


def test_no_answer_of_a_list_is_offered_aloud():
    words = Page(pulse("en")).words
    assert [option for option in PULSE.question("stay").options if option.label.text("en") in words] == []


def test_a_line_has_a_mark_for_each_point():
    assert Page(hostile()).tags.count("i") == 3


@pytest.mark.parametrize("page", [pulse("en"), pulse("es"), hostile()], ids=["en", "es", "hostile"])
def test_the_page_has_nothing_to_fill_in_to_run_or_to_load(page):
    parsed = Page(page)
    assert set(parsed.tags) <= HARMLESS
    assert {name for name, _ in parsed.attributes} <= {
        "lang",
        "charset",
        "name",
        "content",
        "http-equiv",
        "class",
        "aria-hidden",
    }
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert "@import" not in page


def test_whatever_a_label_holds_is_shown_as_text():
    words = Page(hostile()).words
    for said in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><input>', "<select>", "<button>"):
        assert said in words


def test_a_form_that_names_no_language_gives_a_page_that_names_none():
    assert not {"lang"} & {name for name, _ in Page(hostile()).attributes}


def printed(page, folder):
    """The boxes of the pages of the PDF that Chromium prints, in points."""
    (folder / "sheet.html").write_text(page, encoding="utf-8")
    subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"),
            *("--no-pdf-header-footer", f"--print-to-pdf={folder / 'sheet.pdf'}", (folder / "sheet.html").as_uri()),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    pdf = (folder / "sheet.pdf").read_bytes()
    found = re.findall(rb"/Type\s*/Page\b.*?/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf, re.DOTALL)
    return [tuple(round(float(side)) for side in box) for box in found]


@pytest.mark.skipif(CHROMIUM is None, reason="NO PRINT TEST: there is no Chromium")
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_sheet_of_the_pulse_prints_on_one_or_two_a4_pages(language, tmp_path):
    assert printed(pulse(language), tmp_path) in ([(595, 842)], [(595, 842)] * 2)


@pytest.mark.skipif(CHROMIUM is None, reason="NO PRINT TEST: there is no Chromium")
def test_a_sheet_that_is_too_long_would_be_noticed(tmp_path):
    talk = "<ul><li>" + "<li>".join(["What helps here?"] * 150) + "</ul></main>"
    assert len(printed(pulse("en").replace("</main>", talk), tmp_path)) > 2
