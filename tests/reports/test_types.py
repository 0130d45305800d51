"""The type checker proves that everything that renders takes a measurement, and never exact counts."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SNIPPET = """
from privacy.counts import ExactCounts
from privacy.ledger import Entry
from privacy.measurement import Measurement
from reports.additions.added import Added
from reports.figures import figures, judge
from reports.findings import Findings
from reports.page.page import page
from reports.promised import Charged, check_promised
from reports.record import Record
from reports.release import build_release
from survey.rounds.manifest import Manifest


def right(given: Measurement, manifest: Manifest, entry: Entry, charged: Charged, record: Record) -> None:
    build_release(b"", None, given, entry, {})
    figures(manifest, given)
    judge(manifest, given)
    page(manifest, None, Findings.of(manifest, given), charged, record, Added(), {})
    check_promised(manifest, given, entry)


def wrong(given: ExactCounts, manifest: Manifest, entry: Entry, charged: Charged, record: Record) -> None:
    build_release(b"", None, given, entry, {})
    figures(manifest, given)
    judge(manifest, given)
    page(manifest, None, Findings.of(manifest, given), charged, record, Added(), {})
    check_promised(manifest, given, entry)
"""


def test_exact_counts_do_not_type_check_where_a_measurement_is_rendered(tmp_path: Path) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text(SNIPPET)
    run = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(snippet)]
    result = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    errors = [line for line in result.stdout.splitlines() if ": error:" in line]
    first_wrong = SNIPPET.partition("def wrong")[0].count("\n") + 2
    assert [int(line.split(":")[1]) for line in errors] == list(range(first_wrong, first_wrong + 5)), result.stdout
    assert all('has incompatible type "ExactCounts"; expected "Measurement"' in line for line in errors)


def test_no_file_of_this_room_knows_exact_counts() -> None:
    for path in (ROOT / "reports").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "ExactCounts" not in text
        assert "privacy.counts" not in text
        assert "aggregation" not in text
