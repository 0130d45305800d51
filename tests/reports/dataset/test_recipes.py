"""The recipes in the folder of a release work out its published figures, and notice one that was changed."""

import csv
import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import in_folder
from release_rounds import WISHES, Round, make_round, seven_kinds

RSCRIPT = shutil.which("Rscript")
Run = Callable[..., subprocess.CompletedProcess[str]]


def _has_jsonlite() -> bool:
    if RSCRIPT is None:
        return False
    return subprocess.run([RSCRIPT, "-e", "library(jsonlite)"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of question, split by one and by two others."""
    wishes = replace(WISHES, respondents=900, by=(("size",), ("industry", "size")), split_only=("heard", "okrs"))
    made = make_round(tmp_path_factory.mktemp("recipes"), seven_kinds(), wishes, people=900)
    return in_folder(tmp_path_factory.mktemp("folder") / "release", made.files())


@pytest.fixture(
    params=[
        "recipe.py",
        pytest.param("recipe.R", marks=pytest.mark.skipif(not _has_jsonlite(), reason="needs Rscript and jsonlite")),
    ]
)
def recipe(request: pytest.FixtureRequest) -> Run:
    def run(folder: Path, *table: str) -> subprocess.CompletedProcess[str]:
        program = sys.executable if request.param == "recipe.py" else str(RSCRIPT)
        command = [program, str(folder / request.param), str(folder), *table]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def figures(folder: Path) -> int:
    """How many numbers a recipe comes to: unbiased and sd of each shown cell, low and high where it has a share."""
    rows = list(csv.DictReader(io.StringIO((folder / "tables.csv").read_text(encoding="utf-8"))))
    made = [row for row in rows if row["status"] == "shown" and row["estimate"] in ("display", "")]
    # Pairs of answers of which a person can give several have no share, and so no interval.
    return sum(2 + 2 * bool(row["share"]) for row in made)


def test_every_published_figure_comes_out(folder: Path, recipe: Run) -> None:
    done = recipe(folder)
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    number = figures(folder)
    assert number > 500
    assert done.stdout == f"{number} of {number} published figures come out of the measurements.\n"


def test_one_table_is_shown_cell_by_cell(folder: Path, recipe: Run) -> None:
    done = recipe(folder, "heard@")
    rows = list(csv.DictReader(io.StringIO((folder / "tables.csv").read_text(encoding="utf-8"))))
    (first, *_) = [row for row in rows if row["question"] == "heard" and row["by"] == ""]
    assert done.returncode == 0, done.stderr
    assert (
        f"heard@  {first['answer']}: unbiased {first['unbiased']} ({first['unbiased']}), sd {first['sd']} "
        f"({first['sd']}), low {first['low']} ({first['low']}), high {first['high']} ({first['high']})"
    ) in done.stdout


def test_a_changed_figure_is_noticed(said_folder: Path, tmp_path: Path, recipe: Run) -> None:
    changed = shutil.copytree(said_folder, tmp_path / "changed")
    rows = list(csv.reader(io.StringIO((changed / "tables.csv").read_text(encoding="utf-8"))))
    at = rows[0].index("unbiased")
    shown = next(row for row in rows[1:] if row[at])
    shown[at] = f"{float(shown[at]) + 0.1:.1f}"
    (changed / "tables.csv").write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    done = recipe(changed)
    assert done.returncode == 1
    assert f"({shown[at]})" in done.stdout


def test_a_release_in_which_nothing_is_shown_is_no_fault(below_round: Round, tmp_path: Path, recipe: Run) -> None:
    folder = in_folder(tmp_path / "below", below_round.files())
    assert recipe(folder).returncode == 0
    assert recipe(folder, "mood@").returncode == 1  # there is this table, and none of its figures


def test_an_unknown_table_or_folder_is_said_in_one_sentence(said_folder: Path, tmp_path: Path, recipe: Run) -> None:
    unknown = recipe(said_folder, "no such table")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("There is no table 'no such table'. There are: ")
    assert ", mood@" in unknown.stderr
    assert unknown.stderr.count("\n") == 1
    for name in ("recipe.py", "recipe.R"):
        shutil.copy(said_folder / name, tmp_path)
    (tmp_path / "measurements.json").write_text("{}")
    none = recipe(tmp_path)
    assert none.returncode == 1
    assert none.stderr == f"{tmp_path} is not the folder of a release: it has no codebook.json.\n"
