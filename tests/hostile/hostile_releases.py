"""Parsers of releases and of what travels with them, which anybody may have made and signed."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import rfc8785
from hypothesis import strategies as st
from mutations import damaged, damaged_json, damaged_table, damaged_text
from parsers import Parser
from related_rounds import beside
from release_rounds import HOST_KEY, Round, make_round, publish, tiny_form
from said import SAID

from host.from_tally import NotMeasured, carried
from reports.additions.about import FILE as ABOUT
from reports.additions.about import about_bytes
from reports.additions.added import read_added
from reports.additions.ask import FILE as BRIEF
from reports.additions.ask import brief_bytes
from reports.additions.beside import FILE as BESIDE
from reports.additions.chain import FILE as CHAIN
from reports.additions.chain import chain_bytes
from reports.additions.guide import FILE as GUIDE_FILE
from reports.additions.guide import guide_bytes
from reports.additions.margins import FILE as MARGINS
from reports.additions.margins import margins_bytes
from reports.additions.outside import FILE as OUTSIDE
from reports.additions.outside import outside_bytes
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.microdata.records_csv import FILE as MICRODATA
from reports.record import read_record
from reports.signing import SIGNATURE, SUMS, public_pem, read_public_pem, read_sums
from survey.forms.answers_csv import template
from survey.pages.conditional import one_part
from survey.pages.revisions import _listed, _recorded

GUIDE = {
    "form": "tiny",
    "roles": {"hazards": "tools"},
    "sources": {"book": {"name": "A book", "year": 2020}},
    "entries": [
        {
            "question": "tools",
            "answer": "saw",
            "cares": "Wood is dear.",
            "move": "Measure twice.",
            "evidence": [{"source": "book", "at": "page 3", "says": "Cutting once is cheaper."}],
            "cost": "no money",
            "measure": "Boards spoiled.",
            "stop": "When nothing is spoiled.",
        }
    ],
}


@cache
def made() -> Round:
    return make_round(Path(mkdtemp()), tiny_form())


@cache
def other() -> Round:
    return make_round(Path(mkdtemp()), tiny_form(), people=310, society="Another society")


@cache
def files() -> dict[str, bytes]:
    return made().files()


@cache
def additions() -> dict[str, bytes]:
    manifest = made().manifest
    figure = {"question": "mood", "answer": "1", "value": 0.31, "source": "A study", "year": 2025}
    return {
        ABOUT: about_bytes(manifest, SAID),
        BESIDE: beside(made(), [(other(), HOST_KEY)]),
        BRIEF: brief_bytes(manifest, {"decision": "Buy saws.", "cost": "none"}),
        CHAIN: chain_bytes((made().entry,)),
        GUIDE_FILE: guide_bytes(manifest, GUIDE),
        MARGINS: margins_bytes(manifest, {"team": {"red": 0.5, "blue": 0.5}}),
        OUTSIDE: outside_bytes(manifest, {"figure": [figure]}),
    }


def _addition(name: str) -> Callable[[Path], Parser]:
    def parser(_: Path) -> Parser:
        return Parser(
            lambda data: read_added(made().manifest, {name: data}), (ReleaseError,), damaged_json(additions()[name])
        )

    return parser


def synthetic_records(_: Path) -> Parser:
    rows = template(tiny_form()).strip() + "\nred,3,saw;axe\nblue,1,\n"
    inputs = damaged_table([rows]).map(lambda text: text.encode("utf-8", "surrogatepass")) | damaged([rows.encode()])
    return Parser(lambda data: read_added(made().manifest, {MICRODATA: data}), (ReleaseError,), inputs)


def release_record(_: Path) -> Parser:
    whole = files()["release.json"]
    read = {name: json.loads(whole)[name] for name in ("format", "versions", "ledger", "language")}
    return Parser(read_record, (ReleaseError,), damaged_json(whole, json.dumps(read).encode()))


def digests(_: Path) -> Parser:
    """As `verify`, `fetch` and the site read them."""

    def read(data: bytes) -> None:
        listed = _listed(data)
        assert all("/" not in name and not name.startswith(".") for name in listed)
        assert all("/" not in name and not name.startswith(".") for name in read_sums(data))

    line = f"{'0' * 64}  a.csv\n".encode()
    return Parser(read, (ReleaseError,), damaged([files()[SUMS], line, line], [b"/", b"../", b".", b"\xff"]))


def public_key(_: Path) -> Parser:
    return Parser(read_public_pem, (ReleaseError,), damaged([public_pem(HOST_KEY.public_key())]))


def what_the_site_reads(_: Path) -> Parser:
    """Never raises: what cannot be read is of no round and no day."""
    return Parser(_recorded, (), damaged_json(files()["release.json"]))


def part_of_a_file(_: Path) -> Parser:
    """Never raises: a header that means nothing is passed over."""

    def read(asked: str) -> None:
        part = one_part(asked, 500)
        assert part is None or part.startswith("bytes=")

    return Parser(read, (), damaged_text(["bytes=0-3", "bytes=-5", "bytes=7-", "bytes=3-1"]))


def carried_measurement(folder: Path) -> Parser:
    entry = asdict(made().entry)
    document = {"measurement": made().measurement.to_json(), "entry": entry, "chain": [entry]}
    path = folder / "carried"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        carried(path)

    return Parser(read, (NotMeasured,), damaged_json(rfc8785.dumps(document)))


def release(folder: Path) -> Parser:
    """A whole one, with one file damaged and all of it signed again by whoever made it."""
    whole = {name: data for name, data in files().items() if name not in (SUMS, SIGNATURE)}
    documents = ("release.json", "measurements.json", "manifest.json", "closing.json", "codebook.json")
    changed = st.sampled_from(documents).flatmap(lambda name: st.tuples(st.just(name), damaged_json(whole[name])))
    tables = st.tuples(st.just("tables.csv"), damaged_table([whole["tables.csv"].decode()]).map(_utf8))
    number = iter(range(10**9))

    def read(given: tuple[str, bytes]) -> None:
        name, data = given
        verify_release(publish(folder / str(next(number)), whole | {name: data}))

    return Parser(read, (ReleaseError,), changed | tables)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


PARSERS: dict[str, Callable[[Path], Parser]] = {
    one.__name__: one
    for one in (
        synthetic_records,
        release_record,
        digests,
        public_key,
        what_the_site_reads,
        part_of_a_file,
        carried_measurement,
        release,
    )
} | {name: _addition(name) for name in (ABOUT, BESIDE, BRIEF, CHAIN, GUIDE_FILE, MARGINS, OUTSIDE)}
