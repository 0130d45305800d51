"""Parsers of documents and files from elsewhere: manifests, statements, forms, tables, boxes, settings and states."""

import hashlib
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import rfc8785
from form_samples import EVERY_KIND, every_kind
from hostile_protocol import spring
from mutations import (
    MARK,
    damaged,
    damaged_document,
    damaged_json,
    damaged_table,
    damaged_toml,
    written,
)
from parsers import Parser
from tallied_rounds import ballot, box, every_kind_round

from aggregation.ballots import BoxError, BoxFile, BoxOutOfOrder, in_order, write_box
from aggregation.earlier import earlier
from aggregation.wishes import PromiseError, cohort_shares
from host.additions import NotReadable, read_toml
from host.answer_marks import AnswerMarks, MarksDamaged
from host.config import ConfigError, load_config
from host.mailing_list import MailingListError, read_mailing_list
from survey.forms.answers_csv import AnswersError, read_answers
from survey.forms.faults import FormError
from survey.forms.loading import bundled, bundled_sheet_text, form_from_toml, load_form
from survey.forms.sheets import sheet_from_toml
from survey.rounds.any_manifest import ManifestError
from survey.rounds.closing import State, Statement, StatementError, read_statement, sign_statement
from survey.rounds.external import ExternalManifest, read_any_manifest
from survey.rounds.manifest import read_manifest
from survey.rounds.revision import Revision, RevisionError, read_revision_file
from survey.rounds.withdrawal import (
    Withdrawal,
    WithdrawalError,
    read_claimed_withdrawal,
    read_withdrawal,
    sign_withdrawal,
)

ANSWERS = """team,lead,tools,first_things,mood,tired,pay,okrs
alpha,yes,saw;Axe,b;a,1,6,12.5 USD,grow|churn|late
Be,,none,,,10,-50,
"""
EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def signed(key: str, document: Any) -> bytes:
    """A document under the signature of the host: a hostile host, or one whose key was stolen."""
    try:
        signature = spring().host.sign(rfc8785.dumps(document)).hex()
    except (ValueError, RecursionError):
        signature = "0" * 128
    return written({key: document, "signature": signature})


@cache
def external() -> bytes:
    from survey.rounds.any_manifest import sign_manifest

    of = every_kind_round().manifest
    made = ExternalManifest(of.name, of.society, of.contact, of.form, spring().manifest.host_key, of.promise)
    return sign_manifest(made, spring().host)


def manifest(_: Path) -> Parser:
    served = [spring().served, external()]
    resigned = damaged_document([json.loads(one)["manifest"] for one in served]).map(
        lambda one: signed("manifest", one)
    )
    return Parser(read_any_manifest, (ManifestError,), damaged_json(*served) | resigned)


def round_manifest(_: Path) -> Parser:
    """With a form whose every part is damaged, and its digest made anew."""

    def with_form(form: Any) -> bytes:
        document = json.loads(spring().served)["manifest"]
        digest = hashlib.sha256(written(form)).hexdigest()
        return signed("manifest", document | {"form": form, "form_digest": digest})

    forms = damaged_document(
        [json.loads(spring().served)["manifest"]["form"], json.loads(external())["manifest"]["form"]]
    )
    return Parser(read_manifest, (ManifestError,), forms.map(with_form))


def statement(_: Path) -> Parser:
    manifest_ = spring().manifest
    served = sign_statement(Statement(manifest_.id, State.OPEN, manifest_.closes, 3), spring().host)
    resigned = damaged_document([json.loads(served)["statement"]]).map(lambda one: signed("statement", one))
    return Parser(lambda data: read_statement(data, manifest_), (StatementError,), damaged_json(served) | resigned)


def withdrawal(_: Path) -> Parser:
    manifest_ = spring().manifest
    word = sign_withdrawal(Withdrawal(manifest_.id, "A fault.", "2026-06-01", manifest_.host_key), spring().host)
    resigned = damaged_document([json.loads(word)["withdrawal"]]).map(lambda one: signed("withdrawal", one))

    def read(data: bytes) -> None:
        try:
            read_claimed_withdrawal(data, manifest_.id)
        except WithdrawalError:
            read_withdrawal(data, manifest_.id, manifest_.host_key)

    return Parser(read, (WithdrawalError,), damaged_json(word) | resigned)


def revision(_: Path) -> Parser:
    valid = Revision(2, "A label was wrong.", "2026-05-02", "0" * 64).to_bytes()
    return Parser(read_revision_file, (RevisionError,), damaged_json(valid))


def form(_: Path) -> Parser:
    return Parser(form_from_toml, (FormError,), damaged_toml([EVERY_KIND]))


def form_file(folder: Path) -> Parser:
    return _file(folder, load_form, (FormError,), damaged([EVERY_KIND.encode()]))


def sheet(_: Path) -> Parser:
    text, of = bundled_sheet_text("team-pulse"), bundled("team-pulse")
    return Parser(lambda toml: sheet_from_toml(toml, of), (FormError,), damaged_toml([text or ""]))


def answers(_: Path) -> Parser:
    def read(text: str) -> None:
        list(read_answers(every_kind(), io.StringIO(text, newline="")))

    return Parser(read, (AnswersError,), damaged_table([ANSWERS]), secret=True)


def answers_file(_: Path) -> Parser:
    """The same from bytes, as a file is read."""

    def read(data: bytes) -> None:
        list(read_answers(every_kind(), io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")))

    return Parser(read, (AnswersError,), damaged([ANSWERS.encode()]), True)


def mailing_list(folder: Path) -> Parser:
    table = f"name,address,language\n{MARK},ana@society.example,en\nBen,{MARK}@society.example,\n"
    inputs = damaged_table([table]).map(lambda text: text.encode("utf-8", "surrogatepass")) | damaged([table.encode()])
    return _file(folder, lambda path: read_mailing_list(path, ("en", "es"), "en"), (MailingListError,), inputs, True)


def box_file(folder: Path) -> Parser:
    ballots = box(*(ballot(spring(), revision=number) for number in (1, 2)))
    whole = io.BytesIO()
    write_box(whole, spring().manifest, spring().served, len(ballots), ballots)
    data = whole.getvalue()
    magic, header, rest = data.split(b"\n", 2)

    def read(path: Path) -> None:
        list(in_order(BoxFile.open(path).ballots()))

    headers = damaged_json(header).map(lambda line: magic + b"\n" + line + b"\n" + rest)
    return _file(folder, read, (BoxError, BoxOutOfOrder), headers | damaged([data]))


def config(folder: Path) -> Parser:
    inputs = damaged_toml([EXAMPLE.read_text(encoding="utf-8")]).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return _file(folder, load_config, (ConfigError,), inputs)


def addition(folder: Path) -> Parser:
    inputs = damaged_toml([EXAMPLE.read_text(encoding="utf-8")]).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return _file(folder, lambda path: read_toml(path, "--about", "a TOML file"), (NotReadable,), inputs)


def shares(_: Path) -> Parser:
    inputs = damaged_document([{"team": {"red": 0.5, "blue": 0.5}}]).filter(lambda it: isinstance(it, dict))  # of TOML
    return Parser(lambda document: cohort_shares(spring().manifest.form, document), (PromiseError,), inputs)


def earlier_tables(_: Path) -> Parser:
    import csv

    from a_release import SOME_TABLES

    def read(text: str) -> None:
        earlier(spring().manifest.form, csv.DictReader(io.StringIO(text)))

    return Parser(read, (PromiseError, csv.Error), damaged_table([SOME_TABLES]))


def marks(folder: Path) -> Parser:
    valid = json.dumps({"file": "0" * 64, "rows": "1" * 64}).encode()
    kept = AnswerMarks(folder, bytes(32))

    def read(data: bytes) -> None:
        (folder / "one.json").write_bytes(data)
        kept._of("one")

    return Parser(read, (MarksDamaged,), damaged_json(valid))


def _file(
    folder: Path, read: Callable[[Path], object], errors: tuple[type[Exception], ...], inputs: Any, secret: bool = False
) -> Parser:
    """A parser of files: given bytes."""
    path = folder / "given"

    def reading(data: bytes) -> None:
        path.write_bytes(data)
        read(path)

    return Parser(reading, errors, inputs, secret)


PARSERS: dict[str, Callable[[Path], Parser]] = {
    one.__name__: one
    for one in (
        manifest,
        round_manifest,
        statement,
        withdrawal,
        revision,
        form,
        form_file,
        sheet,
        answers,
        answers_file,
        mailing_list,
        box_file,
        config,
        addition,
        shares,
        earlier_tables,
        marks,
    )
}
