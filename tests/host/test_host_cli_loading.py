"""What a command loads before it answers: a host waits for that each time, and so does every test that runs one."""

import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from societies import PULSE, Society, enter_directly, founded, opened, some_rows

IMPORTED = re.compile(r"import time:\s+\d+ \|\s+\d+ \|\s+([\w.]+)")
DATABASES = ("sqlalchemy", "alembic", "psycopg")
PAGES = ("jinja2", "vl_convert", "reportlab", "pyarrow", "reports.release")
NEVER = ("altair", "pandas", "pyarrow.compute")  # though they are installed here
ELSEWHERE = ("urllib3", "gunicorn", "flask", "rich")


@dataclass(frozen=True)
class Started:
    """One command in a process of its own."""

    folder: Path
    arguments: tuple[object, ...]

    @cached_property
    def loaded(self) -> set[str]:
        """Every module, late ones too, of a command that succeeds."""
        command = [sys.executable, "-X", "importtime", "-m", "host.cli", *map(str, self.arguments)]
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
        assert ran.returncode == 0, ran
        found = set(IMPORTED.findall(ran.stderr))
        assert "host.cli.program" in found
        return found

    def of(self, *packages: str) -> list[str]:
        """Those of its modules that are of these packages."""
        return sorted({p for p in packages for name in self.loaded if name == p or name.startswith(f"{p}.")})


@pytest.fixture(scope="module")
def society(tmp_path_factory: pytest.TempPathFactory) -> Society:
    society = founded(tmp_path_factory.mktemp("loading") / "society")
    society.write("pulse.toml", PULSE)
    opened(society)
    return society


def test_help_loads_no_library_but_the_one_of_the_command_line(society: Society) -> None:
    started = Started(society.folder, ("--help",))
    assert started.of(*DATABASES, *PAGES, *NEVER, *ELSEWHERE, "marshmallow", "cryptography", "numpy", "opendp") == []


@pytest.mark.parametrize("arguments", [("round", "list"), ("form", "check", "pulse.toml")])
def test_what_opens_no_store_loads_nothing_that_could(society: Society, arguments: tuple[str, ...]) -> None:
    started = Started(society.folder, arguments)
    assert started.of(*DATABASES, *PAGES, *NEVER, *ELSEWHERE, "numpy", "opendp", "privacy", "aggregation") == []


def test_showing_a_round_loads_nothing_that_counts_draws_or_makes_pages(society: Society) -> None:
    started = Started(society.folder, ("round", "show", "spring"))
    assert started.of(*PAGES, *NEVER, *ELSEWHERE, "alembic", "psycopg", "opendp", "aggregation", "reports") == []


def test_inviting_loads_no_numbers_and_nothing_that_makes_pages(society: Society) -> None:
    started = Started(society.folder, ("invite", "spring", "--count", "2"))
    assert started.of(*PAGES, *NEVER, *ELSEWHERE, "psycopg", "numpy", "opendp", "privacy", "reports") == []


def test_a_tally_makes_no_pages_publishing_opens_no_old_database_and_checking_none(society: Society) -> None:
    enter_directly(society, society.house.rounds.find("spring").manifest, some_rows(20))
    society.does("round", "close", "spring", "--early")
    tallied = Started(society.folder, ("tally", "spring"))
    assert tallied.of(*PAGES, *NEVER, "urllib3", "gunicorn", "flask", "alembic", "psycopg") == []
    published = Started(society.folder, ("publish", "spring", "--out", "release"))
    assert published.of(*NEVER, *ELSEWHERE, "reportlab", "alembic", "psycopg", "aggregation") == []
    verified = Started(society.folder, ("verify", "release"))
    assert verified.of(*NEVER, *ELSEWHERE, *DATABASES, "reportlab", "aggregation", "host.house") == []
    assert "vl_convert" in verified.loaded  # it drew the pictures again
