"""`publish --microdata`: the host's own process draws the records, and no file of records is ever taken."""

import importlib.util

import pytest
from societies import PULSE, Society, some_csv

from reports.verify import verify_release

WISHES = ("--respondents", 150, "--min-cohort", 2, "--minimum-responses", 0, "--epsilon", 1)


@pytest.fixture
def measured(society: Society, monkeypatch: pytest.MonkeyPatch, ask) -> Society:
    """A society that has measured a table of answers."""
    society.write("pulse.toml", PULSE)
    society.write("answers.csv", some_csv(137))
    monkeypatch.chdir(society.folder)
    command = ("measure", "--form", "pulse.toml", "--answers", "answers.csv", "--name", "staff", "--out", "out-staff")
    assert ask(*command, *WISHES).code == 0
    return society


def test_without_the_library_nothing_is_published_and_the_way_to_it_is_told(measured, ask, monkeypatch):
    monkeypatch.setattr("reports.microdata.making.model_versions", dict)
    for command in (("publish", "staff", "--microdata", "--out", "rows"), ("microdata", "out-staff", "--out", "rows")):
        ran = ask(*command)
        assert ran.code == 2
        assert "make microdata" in ran.err
        assert not (measured.folder / "rows").exists()


def test_records_cannot_be_handed_in(measured, ask):
    ran = ask("publish", "staff", "--microdata", "answers.csv", "--out", "rows")
    assert ran.code == 2
    assert not (measured.folder / "rows").exists()


@pytest.mark.skipif(importlib.util.find_spec("mbi") is None, reason="private-PGM is not in the test lock")
def test_published_records_are_what_anybody_draws_from_the_release(measured, ask):
    assert ask("publish", "staff", "--microdata", "--out", "rows").code == 0
    assert verify_release(measured.folder / "rows").whole
    assert ask("microdata", "out-staff", "--out", "again.csv").code == 0
    assert (measured.folder / "again.csv").read_bytes() == (measured.folder / "rows" / "microdata.csv").read_bytes()
