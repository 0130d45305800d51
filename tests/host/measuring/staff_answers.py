"""A table of answers that a host already has, how it is measured, and what that leaves on the disk."""

from societies import PULSE, Society
from traces import files_below

from aggregation.wishes import Wishes
from host.measuring import Wanted
from survey.forms.loading import form_from_toml

ROWS = 137
WISHES = ("--respondents", 150, "--min-cohort", 2, "--minimum-responses", 0, "--epsilon", 1)


def words(name="staff", out=None, answers="answers.csv", *more):
    command = ("measure", "--form", "pulse.toml", "--answers", answers, "--name", name)
    return (*command, "--out", out or f"out-{name}", *WISHES, *more)


def stored(society: Society) -> dict[str, bytes]:
    """Everything that a refusal must leave as it was. The ledger is compared by its entries."""
    files = files_below(society.folder)
    return {path: data for path, data in files.items() if ".sqlite" not in path} | {
        "entries": repr(society.house.ledger().entries()).encode()
    }


def folders(society: Society) -> list[str]:
    return sorted(str(path) for path in society.folder.rglob("*") if path.is_dir())


def wanted(society: Society, name="staff", **others) -> Wanted:
    wishes = Wishes(150, 1.0, 1e-6, 2, 0, 0.5, 0.05, (), (), {})
    asked = {"form": form_from_toml(PULSE), "wishes": wishes, "answers": society.folder / "answers.csv"}
    return Wanted(name=name, out=society.folder / f"out-{name}", **asked | others)


def quiet(_done: int, _of: int) -> None:
    """Progress that nobody watches."""


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}
