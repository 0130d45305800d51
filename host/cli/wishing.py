"""What a host wishes of a release: the options that `round open` and `measure` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from survey.forms.toml import read_toml

if TYPE_CHECKING:
    from aggregation.wishes import Split, Wishes
    from survey.forms.model import Form

_OPTIONS = (
    click.option("--minimum-responses", type=click.IntRange(0), help="Measure nothing below this; 3 x --min-cohort."),
    click.option(
        "--min-cohort", type=click.IntRange(1), default=10, show_default=True, help="Smallest group displayed."
    ),
    click.option(
        "--cohort-shares", type=click.Path(path_type=Path), help="TOML: expected shares, one [table] a cohort."
    ),
    click.option("--epsilon", type=click.FloatRange(0, 20, min_open=True), default=3.0, show_default=True),
    click.option("--delta", type=click.FloatRange(1e-30, 1e-3), default=1e-6, show_default=True),
    click.option("--usable-margin", type=click.FloatRange(0, 1, min_open=True), default=0.15, show_default=True),
    click.option("--by", multiple=True, help="Split by a cohort question, or by several: industry,size. Repeatable."),
    click.option("--split-only", default="", help="Split only these questions: q1,q2. All if left out."),
    click.option("--split", multiple=True, help="Split single questions: mood,load@industry. Repeatable."),
    click.option(
        "--weigh",
        type=click.Choice(["usable", "equal"]),
        default="usable",
        show_default=True,
        help="Spend the budget where it makes figures usable, or on all tables alike.",
    ),
    click.option(
        "--insist", multiple=True, help="A split that gets at least an even share: mood@industry. Repeatable."
    ),
    click.option(
        "--accept-imprecise", is_flag=True, help="Promise splits that are expected to be too uncertain to show."
    ),
)


def wish_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Every option of a release but --respondents, whose help says what the command means by it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wishes(form: Form, options: dict[str, Any]) -> Wishes:
    """What the options ask for. Raises: click.UsageError, PromiseError."""
    from aggregation.wishes import Wishes, cohort_shares  # noqa: PLC0415

    minimum = options["minimum_responses"]
    return Wishes(
        respondents=options["respondents"],
        epsilon=options["epsilon"],
        delta=options["delta"],
        min_cohort=options["min_cohort"],
        minimum_responses=3 * options["min_cohort"] if minimum is None else minimum,
        usable_margin=options["usable_margin"],
        beta=0.05,
        by=tuple(tuple(filter(None, group.split(","))) for group in options["by"]),
        split_only=tuple(filter(None, options["split_only"].split(","))),
        cohort_shares=cohort_shares(form, _toml(options["cohort_shares"])),
        weigh=options["weigh"],
        insist=tuple(one for given in options["insist"] for one in _splits(given, "--insist")),
        splits=tuple(one for given in options["split"] for one in _splits(given, "--split")),
        accept_imprecise=options["accept_imprecise"],
    )


def _splits(given: str, option: str) -> list[Split]:
    questions, _, group = given.partition("@")
    if not questions or not group:
        raise click.UsageError(f"{option} takes questions and what they are split by, for example mood@industry.")
    by = tuple(filter(None, group.split(",")))
    return [(question, by) for question in questions.split(",") if question]


def _toml(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return read_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise click.UsageError("--cohort-shares cannot be read; it is a TOML file, one [table] a cohort.") from None
