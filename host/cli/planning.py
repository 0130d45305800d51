"""`subrosa plan`: what a round can carry, before anything is promised."""

from __future__ import annotations

import csv
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli.forms import read_form
from host.cli.shaping import choice, open_line, shape, shape_options
from host.cli.show import bars, check_new_file, config_option, facts, json_option, plain
from host.cli.wishing import wish_options, wishes

if TYPE_CHECKING:
    from aggregation.earlier import Earlier
    from aggregation.forecast import Line, Popularity, Summary
    from aggregation.wishes import Wishes
    from host.config import TermConfig
    from survey.forms.model import Form

_WIDEST = 120
_SECONDS = 1.0  # what takes longer gets a progress bar; a round of many splits does


@click.command("plan")
@click.option("--form", "form_name", required=True, help="A form file, or the name of a bundled form.")
@click.option("--respondents", type=click.IntRange(1), required=True, help="How many you expect to answer.")
@wish_options
@shape_options
@click.option(
    "--earlier",
    type=click.Path(path_type=Path, file_okay=False),
    help="An earlier release: who answered, and what was common.",
)
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the margins into this new SVG file.")
@config_option
@json_option
def plan(form_name: str, config_path: Path, as_json: bool, **options: Any) -> None:
    """Show how precise a round would be, and what a change would buy. Needs no society, and promises nothing.

    Everything comes from the form, public figures and earlier releases; no answer is read.

    \b
    Examples:
      subrosa plan --form hr-benchmark --respondents 300 --preset
      subrosa plan --form hr-benchmark --respondents 800 --by role --picture plan.svg
    """
    from aggregation.forecast import forecast  # noqa: PLC0415
    from aggregation.planning import expect  # noqa: PLC0415

    check_new_file(options["picture"], "--picture")
    whole = read_form(form_name)
    wished, known = _known(whole, wishes(whole, options), options["earlier"])
    before = wished
    form, wished, proposal = shape(whole, before, options)
    chosen, chosen_words = choice(whole, before, wished, proposal)
    lines = forecast(form, wished, expect(form, wished), known.popularity)
    outcomes = _outcomes(form, wished, known.popularity)
    values: dict[str, Any] = {
        "respondents": wished.respondents,
        "epsilon": wished.epsilon,
        "delta": wished.delta,
        "tables": [_line_json(line) for line in lines],
        "changes": [{"change": words, **asdict(told)} for words, told in outcomes],
    }
    values |= chosen
    words = [_in_words(lines, wished, outcomes)]
    if proposal is not None:
        values |= {"load": proposal.load, "by": wished.by, "splits": wished.splits}
        values["open"] = open_line(form_name, proposal)
        chosen_words += f"To open it:\n  {values['open']}"
    if chosen_words:
        words.insert(0, chosen_words.rstrip("\n"))
    values |= _term(config_path, wished, words)
    if options["picture"] is not None:
        _draw(options["picture"], form, wished, lines)
        words.append(f"The picture is {options['picture']}.")
    facts(as_json, values, "\n\n".join(words))


def _known(form: Form, wished: Wishes, release: Path | None) -> tuple[Wishes, Earlier]:
    """With what an earlier release says; shares that were given count more."""
    from aggregation.earlier import Earlier, earlier  # noqa: PLC0415

    if release is None:
        return wished, Earlier({}, {}, {})
    try:
        with (release / "tables.csv").open(encoding="utf-8", newline="") as file:
            known = earlier(form, csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise click.UsageError("--earlier: there is no tables.csv to read; give the folder of a release.") from None
    shares = {**known.shares, **wished.cohort_shares}
    return replace(wished, cohort_shares=shares, answering=known.answering), known


def _outcomes(form: Form, wished: Wishes, popularity: Popularity) -> list[tuple[str, Summary]]:
    from time import monotonic  # noqa: PLC0415

    from aggregation.what_if import outcome, what_ifs  # noqa: PLC0415

    changes, begun, told = list(what_ifs(form, wished)), monotonic(), []
    with bars() as progress:
        for done, change in enumerate(changes, start=1):
            told.append((change.words, outcome(change, popularity)))
            if monotonic() - begun > _SECONDS:
                progress("Trying changes", done, len(changes))
    return told


def _in_words(lines: tuple[Line, ...], wished: Wishes, outcomes: list[tuple[str, Summary]]) -> str:
    from host.plan_words import changes_in_words, lines_in_words  # noqa: PLC0415

    width = min(_WIDEST, shutil.get_terminal_size((100, 24)).columns)
    return f"{lines_in_words(lines, wished, width)}\n\n{changes_in_words(outcomes, width)}"


def _term(config_path: Path, wished: Wishes, words: list[str]) -> dict[str, Any]:
    """The budget of a year; of this society's term and what it has left, where there is a society."""
    from aggregation.year import term_for, year, year_of  # noqa: PLC0415
    from host.plan_words import left_in_words, term_in_words, year_in_words  # noqa: PLC0415
    from privacy.accounting import rho_for  # noqa: PLC0415

    needed = term_for(wished.epsilon, wished.delta)
    if not config_path.exists() and config_path == Path("subrosa.toml"):
        words.append(year_in_words(needed))
        return {"year": asdict(needed)}
    term, left = _own_term(config_path)
    own, rho = year(term.epsilon, term.delta), rho_for(wished.epsilon, wished.delta)
    untouched = left == rho_for(term.epsilon, term.delta)
    free = None if left is None else own if untouched else year_of(max(left, 0.0), term.delta)
    words += [year_in_words(needed, term_in_words(own, free)), left_in_words(rho, wished.delta, left)]
    found = {"year": asdict(needed), "term": asdict(own), "rho": rho, "left": left}
    return {**found, "free": None if free is None else asdict(free)}


def _own_term(config_path: Path) -> tuple[TermConfig, float | None]:
    """This society's term, and the rho that is free of it; None where the ledger is not."""
    from host.house import House  # noqa: PLC0415
    from host.promising import left_of_term  # noqa: PLC0415
    from privacy.terms import rounded_down  # noqa: PLC0415
    from survey.rounds.times import now  # noqa: PLC0415

    house = House.at(config_path)
    left = left_of_term(house, now())
    return house.config.term, None if left is None else rounded_down(left)


def _draw(path: Path, form: Form, wished: Wishes, lines: tuple[Line, ...]) -> None:
    from host.plan_words import drawn_lines  # noqa: PLC0415
    from reports.planned import planned_picture  # noqa: PLC0415

    title = f"{form.title.text()}: {wished.respondents:,} respondents, epsilon {wished.epsilon:g}"
    path.write_text(planned_picture(plain(title), drawn_lines(form, lines), wished.usable_margin), encoding="utf-8")


def _line_json(line: Line) -> dict[str, Any]:
    return {**asdict(line), "table": line.table.name, "by": line.table.by, "of": line.table.of, "shown": line.shown}
