"""`subrosa form check` and `subrosa form template`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from host.cli.show import facts, json_option

if TYPE_CHECKING:
    from survey.forms.model import Form


def read_form(name: str) -> Form:
    """A form file, or one of the bundled forms by name."""
    from survey.forms.loading import bundled, bundled_names, load_form  # noqa: PLC0415

    path = Path(name)
    if path.suffix or path.exists():
        return load_form(path)
    if name in bundled_names():
        return bundled(name)
    raise click.UsageError(f"There is no form '{name}': give a TOML file, or one of {', '.join(bundled_names())}.")


@click.group()
def form() -> None:
    """Check a form file, and make the table in which answers on paper are entered."""


@form.command("check")
@click.argument("file")
@json_option
def check(file: str, as_json: bool) -> None:
    """Check a form and say what it holds. FILE is a TOML file or the name of a bundled form.

    \b
    Example:
      subrosa form check my-form.toml
    """
    from survey.forms.codec import record_length  # noqa: PLC0415
    from survey.forms.loading import FormError, form_digest  # noqa: PLC0415

    try:
        read = read_form(file)
    except FormError as error:
        # All of them at once: one missing line often hides the typo next to it.
        if len(error.faults) > 1:
            click.echo("\n".join(error.faults))
        raise
    values = {
        "id": read.id,
        "digest": form_digest(read),
        "pages": len(read.pages),
        "questions": [{"id": q.id, "kind": q.kind} for q in read.questions],
        "cohorts": [cohort.id for cohort in read.cohorts],
        "record_bytes": record_length(read),
    }
    lines = [f"The form {read.id} is sound: {len(read.pages)} pages, {len(read.questions)} questions."]
    lines += [f"  {q.id} ({q.kind}): {q.label.text()}" for q in read.questions]
    lines.append(f"It can be split by: {', '.join(c.id for c in read.cohorts) or 'nothing'}.")
    lines.append(f"Digest: {values['digest']}")
    facts(as_json, values, "\n".join(lines))


@form.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Print a bundled form as TOML: the starting point for a form of your own.

    \b
    Example:
      subrosa form show hr-benchmark > my-form.toml
    """
    from survey.forms.loading import bundled_text  # noqa: PLC0415

    click.echo(bundled_text(name), nl=False)


@form.command("template")
@click.argument("file")
def template(file: str) -> None:
    """Print the header of the CSV table for a form: one respondent a row, one column a question.

    \b
    Example:
      subrosa form template hr-benchmark > answers.csv
    """
    from survey.forms.answers_csv import template as header  # noqa: PLC0415

    click.echo(header(read_form(file)), nl=False)
