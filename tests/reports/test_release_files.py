"""All files of a release: reproducible, signed, written whole, and complete for whoever checks them."""

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from release_rounds import HOST_KEY, VERSIONS, WISHES, Round, charged_for, make_round, seven_kinds, with_values

from privacy.measurement import Measurement
from reports import release as release_module
from reports import statistics_csv
from reports.errors import ReleaseError
from reports.release import write_release
from reports.signing import SIGNATURE, SUMS, fingerprint
from reports.tables_csv import COLUMNS
from survey.forms.alike import question_digests
from survey.forms.loading import canonical_form
from survey.rounds.closing import State, Statement, sign_statement
from survey.rounds.eligibility import CODES_ONLY, Eligibility, MailEligibility
from survey.rounds.manifest import sign_manifest

ROOT = Path(__file__).parents[2]
FILES = {
    "CITATION.cff",
    "SHA256SUMS",
    "case.html",
    "closing.json",
    "codebook.csv",
    "codebook.json",
    "croissant.json",
    "datacite.json",
    "datapackage.json",
    "index.html",
    "manifest.json",
    "measurements.json",
    "public_key.pem",
    "recipe.R",
    "recipe.py",
    "release.json",
    "statistics.csv",
    "statistics.parquet",
    "tables.csv",
    "tables.parquet",
}

BUILD = """
import pickle, sys, hashlib, json
from privacy.ledger import Entry
from privacy.measurement import Measurement
from reports.release import build_release
served, closing, measurement, entry, versions = pickle.load(open(sys.argv[1], "rb"))
files = build_release(served, closing, Measurement.from_json(measurement), Entry(**entry), versions)
print(json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}))
"""


def test_a_release_has_these_files(tiny_files: Mapping[str, bytes]) -> None:
    assert set(tiny_files) == FILES


def of_eligibility(made: Round, eligibility: Eligibility) -> Round:
    """The same round, had it promised to take these people."""
    manifest = replace(made.manifest, eligibility=eligibility)
    measurement = replace(made.measurement, round_id=manifest.id)
    entry = charged_for(measurement, replace(made.entry, round_id=manifest.id))
    return Round(manifest, sign_manifest(manifest, HOST_KEY), None, measurement, entry)


def test_a_cap_on_a_mail_domain_is_stated_as_a_guarantee_for_the_organisation(tiny_round: Round) -> None:
    files = of_eligibility(tiny_round, Eligibility(False, MailEligibility(per_domain=3))).files()
    record = json.loads(files["release.json"])
    assert record["organisation"]["people"] == 3
    assert record["organisation"]["rho"] == pytest.approx(9 * record["guarantee"]["rho"])
    assert record["organisation"]["epsilon"] > 3 * record["guarantee"]["epsilon"] / 2
    assert "Did anybody of your organisation take part? At most 3 could" in " ".join(
        files["index.html"].decode().split()
    )


@pytest.mark.parametrize("eligibility", [CODES_ONLY, Eligibility(True, MailEligibility(per_domain=3))])
def test_where_codes_are_given_out_nothing_is_stated_of_an_organisation(
    tiny_round: Round, eligibility: Eligibility
) -> None:
    files = of_eligibility(tiny_round, eligibility).files()
    assert json.loads(files["release.json"])["organisation"] is None
    assert "organisation" not in files["index.html"].decode()


def test_a_round_without_a_closing_statement_has_no_file_for_it(tiny_round: Round) -> None:
    assert set(replace(tiny_round, closing=None).files()) == FILES - {"closing.json"}


def test_manifest_and_closing_statement_are_the_served_bytes(
    tiny_round: Round, tiny_files: Mapping[str, bytes]
) -> None:
    files = tiny_files
    assert files["manifest.json"] == tiny_round.served
    assert files["closing.json"] == tiny_round.closing


def test_the_measurements_are_the_stored_document(tiny_round: Round, tiny_files: Mapping[str, bytes]) -> None:
    document = json.loads(tiny_files["measurements.json"])
    assert Measurement.from_json(document).to_json() == tiny_round.measurement.to_json()


def test_the_record_holds_promise_guarantee_price_and_versions(
    tiny_round: Round, tiny_files: Mapping[str, bytes]
) -> None:
    record = json.loads(tiny_files["release.json"])
    assert record["manifest"] == json.loads(tiny_round.served)
    assert record["guarantee"]["epsilon"] <= 3.0
    assert record["charged"]["rho"] == record["ledger"]["rho"]
    assert record["ledger"]["digest"] == tiny_round.entry.digest
    assert record["versions"] == dict(VERSIONS)
    assert {"subrosa", "opendp", "numpy", "altair", "vl-convert"} <= set(record["versions"])
    assert [tuple(part["axes"]) for part in record["mechanism"]["residuals"]] == list(tiny_round.measurement.residuals)
    assert max(q["epsilon"] for q in record["questions"]) == tiny_round.manifest.promise.question_epsilon


def test_the_codebook_has_every_question_wording_and_bracket(tmp_path: Path) -> None:
    form = seven_kinds()
    book = json.loads(make_round(tmp_path, form, replace(WISHES, by=(("industry",),))).files()["codebook.json"])
    questions = {q["id"]: q for page in book["pages"] for q in page["questions"]}
    for page in canonical_form(form)["page"]:
        for asked in page["question"]:
            said = questions[asked["id"]]
            assert {key: said[key] for key in asked} == asked
    budget = questions["people_budget"]["answers"]
    assert budget[0] == {"id": "zero", "label": {"en": "Nothing", "es": "Nada"}, "exactly": 0}
    assert (budget[1]["from"], budget[1]["below"], budget[-1]["from"], budget[-1]["below"]) == (None, 10, 10_000, None)
    assert questions["people_budget"]["interpolation"] == "geometric"
    lowest = questions["burnout"]["answers"][0]
    assert (lowest["id"], lowest["first"], lowest["last"]) == ("4-5", 4, 5)
    assert questions["priorities"]["axes"][0]["tables"] == ["priorities.1@", "priorities.1@industry"]
    assert questions["industry"]["axes"][0]["splits"][0] == "@industry"
    assert {name: asked["digest"] for name, asked in questions.items()} == question_digests(form)


def test_the_codebook_explains_every_column_and_warns_of_spreadsheets(tiny_files: Mapping[str, bytes]) -> None:
    book = json.loads(tiny_files["codebook.json"])
    assert tuple(book["columns"]) == COLUMNS
    assert tuple(book["statistics"]["columns"]) == statistics_csv.COLUMNS
    assert "display" in book["columns"]["estimate"]
    assert "as text" in book["spreadsheets"]
    assert "-50--10" in book["spreadsheets"]


def test_the_same_release_comes_from_two_processes_with_different_hash_seeds(tiny_round: Round, tmp_path: Path) -> None:
    given = tmp_path / "given"
    entry = {name: getattr(tiny_round.entry, name) for name in tiny_round.entry.__slots__}
    parts = (tiny_round.served, tiny_round.closing, tiny_round.measurement.to_json(), entry, dict(VERSIONS))
    given.write_bytes(pickle.dumps(parts))
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    settings = {"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "UTC-11", "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-c", BUILD, str(given)]
    there = subprocess.run(run, env=os.environ | settings, capture_output=True, text=True, check=True).stdout
    here = {name: hashlib.sha256(data).hexdigest() for name, data in tiny_round.files().items()}
    assert json.loads(there) == here


def test_openssl_verifies_the_signature(release: Path) -> None:
    command = "pkeyutl -verify -rawin -pubin -inkey public_key.pem -in SHA256SUMS -sigfile SHA256SUMS.sig"
    openssl = shutil.which("openssl")
    assert openssl is not None, "the system's OpenSSL is needed by the registrar as well"
    good = subprocess.run([openssl, *command.split()], cwd=release, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    (release / SUMS).write_bytes((release / SUMS).read_bytes() + b"\n")
    bad = subprocess.run([openssl, *command.split()], cwd=release, capture_output=True, text=True, check=False)
    assert bad.returncode != 0


def test_the_command_on_the_page_gives_our_fingerprint(release: Path) -> None:
    command = "openssl pkey -pubin -in public_key.pem -outform DER | tail -c 32 | sha256sum"
    assert command in unescape((release / "index.html").read_text())
    told = subprocess.run(["sh", "-c", command], cwd=release, capture_output=True, text=True, check=True).stdout
    assert told.split()[0] == fingerprint(HOST_KEY.public_key())


def test_sha256sum_checks_the_digests(release: Path) -> None:
    assert subprocess.run(["sha256sum", "--status", "--strict", "-c", SUMS], cwd=release, check=False).returncode == 0


def test_signing_twice_gives_the_same_bytes(tiny_round: Round, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_release(tmp_path / name, tiny_round.files(), HOST_KEY)
    for file in FILES | {SIGNATURE}:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_release_is_never_overwritten(release: Path, tiny_files: Mapping[str, bytes]) -> None:
    before = (release / SUMS).stat().st_mtime_ns
    with pytest.raises(ReleaseError, match="exists already"):
        write_release(release, tiny_files, HOST_KEY)
    assert (release / SUMS).stat().st_mtime_ns == before


def test_a_release_that_fails_half_way_leaves_nothing(
    tiny_files: Mapping[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes, mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release_module, "write_durably", full)
    with pytest.raises(ReleaseError, match="No space left"):
        write_release(tmp_path / "out", tiny_files, HOST_KEY)
    assert list(tmp_path.iterdir()) == []


def test_only_the_hosts_key_signs_a_release(tiny_files: Mapping[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="host's signing key"):
        write_release(tmp_path / "out", tiny_files, Ed25519PrivateKey.generate())


def test_a_cancelled_round_has_no_release(tiny_round: Round) -> None:
    statement = Statement(tiny_round.manifest.id, State.CANCELLED, datetime(2026, 4, 1, tzinfo=UTC), 2)
    with pytest.raises(ReleaseError, match="cancelled"):
        replace(tiny_round, closing=sign_statement(statement, HOST_KEY)).files()


def test_a_measurement_of_other_noise_than_promised_is_refused(tiny_round: Round) -> None:
    residuals = dict(tiny_round.measurement.residuals)
    residuals["mood",] = replace(residuals["mood",], scale=residuals["mood",].scale / 2)
    forged = replace(tiny_round.measurement, residuals=residuals)
    with pytest.raises(ReleaseError, match="other noise"):
        replace(tiny_round, measurement=forged).files()


def test_a_measurement_of_another_round_is_refused(tiny_round: Round) -> None:
    forged = replace(tiny_round.measurement, round_id="0" * 64)
    with pytest.raises(ReleaseError, match="another round"):
        replace(tiny_round, measurement=forged).files()


def test_a_complete_measurement_below_the_minimum_is_refused(tiny_round: Round) -> None:
    with pytest.raises(ReleaseError, match="minimum"):
        with_values(tiny_round, "@", 3).files()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rho": 0.5}, "digest"),
        ({"round_id": "0" * 64}, "digest"),
        ({"day": "2027-04-02"}, "digest"),
    ],
)
def test_a_changed_ledger_entry_is_refused(tiny_round: Round, change: dict[str, object], message: str) -> None:
    with pytest.raises(ReleaseError, match=message):
        replace(tiny_round, entry=replace(tiny_round.entry, **change)).files()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rho": 0.01}, "another price"),
        ({"round_id": "0" * 64}, "not of this round"),
        ({"kind": "below-minimum"}, "not of this round"),
        ({"day": "1999-04-02"}, "another term"),
        ({"term_epsilon": 99.0}, "another term"),
        ({"day": "tomorrow"}, "no day"),
        ({"term": "2027-01-01/2027-12-31"}, "another term"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused_though_its_digest_does(
    tiny_round: Round, change: dict[str, object], message: str
) -> None:
    changed = replace(tiny_round.entry, **change)
    changed = replace(changed, digest=changed.expected_digest())
    with pytest.raises(ReleaseError, match=message):
        replace(tiny_round, entry=changed).files()
