"""What a host can add to a release: the options of `publish` that name files, and what these files hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click

_R = TypeVar("_R")
_NO_FILE: Final = Path("-")
_FILE: Final = click.Path(path_type=Path)

_OPTIONS: Final = (
    click.option(
        "--known-margins",
        type=_FILE,
        help="TOML: how large the groups among everyone are known to be, one [table] a cohort question.",
    ),
    click.option("--about", type=_FILE, help="TOML: title, licence, creators and more of this release as a data set."),
    click.option("--outside", type=_FILE, help="TOML: figures of other surveys to show beside yours, as your claim."),
    click.option(
        "--beside",
        multiple=True,
        type=_FILE,
        help="Folder of another release, to compare this round with; may be given several times.",
    ),
    click.option(
        "--guide",
        type=_FILE,
        help="TOML: your own guide from figures to small moves (`subrosa guide`), instead of the one of the form.",
    ),
    click.option("--no-guide", is_flag=True, help="No guide beside the figures."),
    click.option(
        "--brief",
        type=_FILE,
        is_flag=False,
        flag_value=_NO_FILE,
        help="Add brief.pdf, two pages for an executive team; with a TOML file: decision, cost, measure, stop.",
    ),
)


@dataclass(frozen=True, slots=True)
class Adding:
    """The options, as they were given."""

    known_margins: Path | None
    about: Path | None
    outside: Path | None
    beside: tuple[Path, ...]
    guide: Path | None
    no_guide: bool
    brief: Path | None


def adding_options(command: Callable[..., _R]) -> Callable[..., _R]:
    """A command with all of these options, which reach it together as `adding`."""

    @wraps(command)
    def gathered(**given: Any) -> _R:
        own = {field.name: given.pop(field.name) for field in fields(Adding)}
        return command(adding=Adding(**own), **given)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def documents_of(adding: Adding, always: Mapping[str, Any]) -> dict[str, Any]:
    """What the host's files hold, by the name that each has in the release. always: what the config says of releases.

    Raises: NotReadable, naming the option; click.UsageError.
    """
    from host.beside import read_folders  # noqa: PLC0415
    from reports.additions.about import FILE as ABOUT  # noqa: PLC0415
    from reports.additions.ask import FILE as BRIEF  # noqa: PLC0415
    from reports.additions.beside import FILE as BESIDE  # noqa: PLC0415
    from reports.additions.guide import FILE as GUIDE  # noqa: PLC0415
    from reports.additions.margins import FILE as MARGINS  # noqa: PLC0415
    from reports.additions.outside import FILE as OUTSIDE  # noqa: PLC0415

    if adding.guide is not None and adding.no_guide:
        raise click.UsageError("--guide gives a guide and --no-guide wants none; leave one of them out.")
    asked = "a TOML file with decision, cost, measure and stop, or no file at all after the round's name"
    found = {
        MARGINS: _read(adding.known_margins, "--known-margins", "a TOML file, one [table] a question"),
        ABOUT: _about(_read(adding.about, "--about", "a TOML file with settings such as title and licence"), always),
        OUTSIDE: _read(adding.outside, "--outside", "a TOML file, one [[figure]] a figure"),
        BESIDE: read_folders(adding.beside) if adding.beside else None,
        BRIEF: {} if adding.brief == _NO_FILE else _read(adding.brief, "--brief", asked),
        GUIDE: _read(adding.guide, "--guide", "a TOML file such as `subrosa guide template` prints"),
    }
    given = {name: document for name, document in found.items() if document is not None}
    return given | ({GUIDE: None} if adding.no_guide else {})


def _read(path: Path | None, option: str, what: str) -> dict[str, Any] | None:
    from host.additions import read_toml  # noqa: PLC0415

    return None if path is None else read_toml(path, option, what)


def _about(said: dict[str, Any] | None, always: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the host says of this release; where it says nothing, what the config says of every one."""
    if said is None and not always:
        return None
    if said and "licence" in said:
        always = {key: value for key, value in always.items() if key != "licence_url"}  # it is of the other licence
    return {**always, **(said or {})}
