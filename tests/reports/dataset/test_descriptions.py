"""What tools read of a release: valid in each format, complete, and without a single figure."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import yaml
from conftest import with_about
from datacite import schema45
from release_rounds import WISHES, Round, make_manifest, seven_kinds, with_values
from said import SAID

from reports.additions.added import ADDITIONS
from reports.codebook import codebook
from reports.dataset.codebook_csv import codebook_csv
from reports.dataset.files import FILES
from reports.signing import SUMS

DESCRIPTIONS = ("CITATION.cff", "datacite.json", "croissant.json", "datapackage.json", "codebook.csv")


class _Blocks(HTMLParser):
    """The scripts of a page, by type."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.inside, self.found = "", dict[str, str]()
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = str(dict(attrs).get("type")) if tag == "script" else ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[self.inside] = self.found.get(self.inside, "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.inside = ""


def jsonld(files: dict[str, bytes]) -> dict[str, Any]:
    blocks = _Blocks(files["index.html"]).found
    assert set(blocks) == {"application/ld+json"}
    return json.loads(blocks["application/ld+json"])


def test_datacite_takes_the_description(said_files: dict[str, bytes], plain_files: dict[str, bytes]) -> None:
    for files in (said_files, plain_files):
        schema45.validator.validate(json.loads(files["datacite.json"]))
    said = json.loads(said_files["datacite.json"])
    assert said["doi"] == "10.1234/rose.5"
    assert said["rightsList"][0]["rightsIdentifier"] == "CC-BY-4.0"
    assert said["creators"][1]["nameIdentifiers"][0]["nameIdentifier"] == "https://orcid.org/0000-0002-1825-0097"
    assert "rightsList" not in json.loads(plain_files["datacite.json"])


def test_datacite_would_not_take_one_without_creators(said_files: dict[str, bytes]) -> None:
    said = json.loads(said_files["datacite.json"])
    assert not schema45.validate({**said, "creators": []})


def test_the_citation_is_yaml_with_what_the_format_asks_for(
    said_files: dict[str, bytes], plain_files: dict[str, bytes]
) -> None:
    said, plain = (yaml.safe_load(files["CITATION.cff"]) for files in (said_files, plain_files))
    for cited in (said, plain):
        assert set(cited) >= {"cff-version", "message", "title", "authors"}
        assert cited["cff-version"] == "1.2.0"
        assert cited["type"] == "dataset"
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", cited["date-released"])
    assert said["authors"][1] == {
        "family-names": "Doe",
        "given-names": "Jane",
        "affiliation": "Institute",
        "orcid": "https://orcid.org/0000-0002-1825-0097",
    }
    assert (said["doi"], said["license"]) == ("10.1234/rose.5", "CC-BY-4.0")
    assert plain["authors"] == [{"name": "Society of the Rose"}]
    assert not {"doi", "license", "license-url", "url"} & set(plain)


def test_the_page_holds_the_data_set_in_the_words_of_schema_org(
    said_files: dict[str, bytes], plain_files: dict[str, bytes]
) -> None:
    said = jsonld(said_files)
    assert (said["@type"], said["name"]) == ("Dataset", SAID["title"])
    assert said["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert said["distribution"][0]["contentUrl"] == "https://rose.example/releases/5/tables.csv"
    assert said["distribution"][0]["contentSize"] == f"{len(said_files['tables.csv'])} B"
    plain = jsonld(plain_files)
    assert "license" not in plain
    assert plain["distribution"][0]["contentUrl"] == "tables.csv"


HOSTILE = {
    "title": "</script><script>alert(1)</script>",
    "description": "<!-- <script> \u2028 : - {x: y} # no",
    "creator": [{"name": "!!python/object:os.system 'x'"}],
    "publisher": '"; x: y',
    "notes": "<img src=x onerror=alert(1)>",
}


def test_what_a_host_says_cannot_leave_its_place(tiny_round: Round) -> None:
    said = {**HOSTILE, "description": HOSTILE["description"].replace("\u2028", "")}
    files = with_about(tiny_round, said)
    assert jsonld(files)["name"] == HOSTILE["title"]
    assert jsonld(files)["description"] == said["description"]
    page = files["index.html"].decode()
    assert page.count("<script") == 1
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    cited = yaml.safe_load(files["CITATION.cff"])
    assert (cited["title"], cited["authors"][0]["name"]) == (said["title"], HOSTILE["creator"][0]["name"])


def test_the_page_names_every_file_and_how_to_cite_and_says_where_no_licence_is_stated(
    said_files: dict[str, bytes], plain_files: dict[str, bytes]
) -> None:
    page = said_files["index.html"].decode()
    for name in set(said_files) - {SUMS, "index.html"}:
        assert f'<a href="{name}">{name}</a>' in page
    assert "Society of the Rose; Doe, Jane (2026). Moods of red and blue (version 1.1) [Data set]" in page
    assert "states: <a href=" in page
    assert "No licence is stated: ask the host" in plain_files["index.html"].decode()
    assert "states: <a href=" not in plain_files["index.html"].decode()


def test_every_file_of_a_release_has_a_sentence(said_files: dict[str, bytes]) -> None:
    sometimes = {"brief.pdf", "case.html", "changes.csv", "microdata.csv", "microdata.json"}
    assert (set(said_files) - {SUMS}) | ADDITIONS | sometimes <= set(FILES)


def test_no_description_depends_on_a_figure(tiny_round: Round) -> None:
    """Two releases that differ in what was measured: only sizes and digests of files may differ, and the ledger's."""
    other = with_values(tiny_round, "mood@team", [[3, 9, 14, 2], [70, 41, 33, 6], [0, 1, 0, 0]])
    first, second = with_about(tiny_round), with_about(other)
    assert first["tables.csv"] != second["tables.csv"]
    for name in DESCRIPTIONS:
        assert _without_digests(first[name]) == _without_digests(second[name]), name
    assert _without_digests(json.dumps(jsonld(first)).encode()) == _without_digests(json.dumps(jsonld(second)).encode())
    assert json.loads(first["codebook.json"]) == json.loads(second["codebook.json"])


def _without_digests(data: bytes) -> str:
    return re.sub(r'("(bytes|hash|sha256|contentSize)": )("[^"]*"|\d+)', r"\1-", data.decode())


def test_the_flat_codebook_has_every_counted_answer_once_in_every_language() -> None:
    manifest = make_manifest(seven_kinds(), replace(WISHES, by=(("industry",),)))
    rows = list(csv.DictReader(io.StringIO(codebook_csv(manifest.form).decode())))
    book = codebook(manifest)
    axes = [axis for page in book["pages"] for question in page["questions"] for axis in question["axes"]]
    assert [(row["axis"], row["answer"]) for row in rows] == [
        (axis["axis"], cell) for axis in axes for cell in axis["cells"]
    ]
    (zero,) = [row for row in rows if (row["axis"], row["answer"]) == ("people_budget", "zero")]
    assert (zero["from"], zero["below"], zero["answer_label_en"], zero["answer_label_es"]) == (
        "0",
        "0",
        "Nothing",
        "Nada",
    )
    (lowest, *_) = [row for row in rows if row["axis"] == "burnout"]
    assert (lowest["answer"], lowest["from"], lowest["below"]) == ("4-5", "4", "6")


def test_a_wording_that_a_spreadsheet_would_run_is_marked(tiny_round: Round) -> None:
    form = tiny_round.manifest.form
    page = form.pages[0]
    team = replace(page.questions[0], label=type(form.title).of('=HYPERLINK("https://evil.example")'))
    risky = replace(form, pages=(replace(page, questions=(team, *page.questions[1:])),))
    (first, *_) = csv.DictReader(io.StringIO(codebook_csv(risky).decode()))
    assert first["question_label"] == '\'=HYPERLINK("https://evil.example")'
