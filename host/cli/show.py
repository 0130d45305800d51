"""What commands share: finding the house, printing facts or JSON, and progress bars."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress


def _or_given_before(context: click.Context, _option: click.Parameter, given: Path | None) -> Path:
    """The command's own --config, else the one before the command, else the file in this folder."""
    before: Path | None = context.find_root().params.get("before")
    return given or before or Path("subrosa.toml")


config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_or_given_before,
    help="The society's config file; ./subrosa.toml if left out.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")


def plain(text: str) -> str:
    """One line that no terminal takes for more than that, whatever documents put into it."""
    return "".join(c if c.isprintable() else "?" for c in text)


def facts(as_json: bool, values: Mapping[str, Any], words: str) -> None:
    """Print either the values as JSON or the words."""
    shown = "\n".join(plain(line) for line in words.split("\n"))
    click.echo(json.dumps(values, ensure_ascii=True, indent=2) if as_json else shown)


@contextmanager
def spinner(title: str, patience: float = 2.0) -> Iterator[None]:
    """A title that shows work going on, on standard error in a terminal, once it has lasted `patience` seconds."""
    if not sys.stderr.isatty():
        yield
        return
    from threading import Timer  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    shown = Console(stderr=True).status(title)
    later = Timer(patience, shown.start)
    later.daemon = True  # an interrupted command does not wait for it
    later.start()
    try:
        yield
    finally:
        later.cancel()
        later.join()  # or it might start just after it is stopped
        shown.stop()


@contextmanager
def bars(patience: float = 0) -> Iterator[Callable[[str, int, int], None]]:
    """Progress bars on standard error, one a phase: call it with a title, what is done and what there is.

    patience: seconds from the first call in which no bar is shown; work that is done by then leaves none.
    """
    progress: Progress | None = None
    tasks: dict[str, Any] = {}
    shown_from: float | None = None

    def advance(title: str, done: int, total: int) -> None:
        nonlocal progress, shown_from
        shown_from = monotonic() + patience if shown_from is None else shown_from
        if progress is None:
            if monotonic() < shown_from:
                return
            progress = _progress()
            progress.start()
        if title not in tasks:
            tasks[title] = progress.add_task(title, total=total)
        progress.update(tasks[title], completed=done, total=total)

    try:
        yield advance
    finally:
        if progress is not None:  # a command that ends before its first phase prints its sentence and nothing else
            progress.stop()


def _progress() -> Progress:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def instant_option(text: str, option: str) -> Any:
    """A date given on the command line. Raises: click.UsageError with a sentence."""
    from survey.rounds.times import instant  # noqa: PLC0415

    try:
        return instant(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def check_new_file(path: Path | None, option: str) -> None:
    """Before anything is done that could not be done twice. Raises: click.UsageError with a sentence."""
    if path is not None and (path.exists() or not path.parent.is_dir()):
        raise click.UsageError(f"{option}: {path} exists already or its folder does not; name a new file.")
