"""`subrosa form`: check a form, print a bundled one, the table for its answers, or its conversation sheet."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli.shaping import form_shape_options, reshaped
from host.cli.show import check_new_file, facts, json_option, plain

if TYPE_CHECKING:
    from survey.forms.model import Form


def read_form(name: str) -> Form:
    """A form file, one of the bundled forms by name, or the form that a round's manifest holds."""
    from survey.forms.loading import bundled, bundled_names, load_form  # noqa: PLC0415

    if _is_manifest(name):
        return _form_of_manifest(Path(name))
    if _is_file(name):
        return load_form(Path(name))
    if name in bundled_names():
        return bundled(name)
    raise click.UsageError(f"There is no form '{name}': give a TOML file, or one of {', '.join(bundled_names())}.")


def _is_manifest(name: str) -> bool:
    return Path(name).suffix == ".json"


def _form_of_manifest(path: Path) -> Form:
    """What the round really asks: it may ask less than the form it was opened with. Raises: ManifestError."""
    from survey.rounds.external import read_any_manifest  # noqa: PLC0415

    try:
        served = path.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read ({error.strerror}); check the path of the manifest.") from None
    return read_any_manifest(served).form


def _is_file(name: str) -> bool:
    """Rather a file than the name of a bundled form."""
    return bool(Path(name).suffix) or Path(name).exists()


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
    from survey.forms.reading import minutes  # noqa: PLC0415
    from survey.forms.translations import untranslated  # noqa: PLC0415

    try:
        read = read_form(file)
    except FormError as error:
        # All of them at once: one missing line often hides the typo next to it.
        if len(error.faults) > 1:
            click.echo("\n".join(error.faults))
        raise
    # Rounded up: who is promised seven minutes must not need more.
    times = [
        {"language": language or None, "minutes": math.ceil(minutes(read, language) * 10) / 10}
        for language in read.languages or ("",)
    ]
    values: dict[str, Any] = {
        "id": read.id,
        "digest": form_digest(read),
        "pages": len(read.pages),
        "questions": [{"id": q.id, "kind": q.kind} for q in read.questions],
        "cohorts": [cohort.id for cohort in read.cohorts],
        "record_bytes": record_length(read),
        "minutes": times,
        "untranslated": [{"place": one.place, "text": one.text, "lacks": one.lacks} for one in untranslated(read)],
    }
    lines = [f"The form {read.id} is sound: {len(read.pages)} pages, {len(read.questions)} questions."]
    lines += [f"  {q.id} ({q.kind}): {q.label.text()}" for q in read.questions]
    lines.append(f"It takes about {_times(times)} to read and answer all of it.")
    lines.append(f"It can be split by: {', '.join(c.id for c in read.cohorts) or 'nothing'}.")
    lines += _untranslated(values["untranslated"])
    lines.append(f"Digest: {values['digest']}")
    facts(as_json, values, "\n".join(lines))


def _untranslated(found: list[dict[str, Any]]) -> list[str]:
    if not found:
        return []
    lines = [f'  {one["place"]}: "{one["text"]}" lacks {", ".join(one["lacks"])}' for one in found]
    return [f"{len(found)} texts lack a language, and are shown in another one to those who read it:", *lines]


def _times(found: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{one['minutes']} minutes" + (f" in {one['language']}" if one["language"] else "") for one in found
    )


@form.command("show")
@click.argument("name")
@click.option("--sheet", "of_sheet", is_flag=True, help="Print its conversation sheet instead, if it has one.")
def show(name: str, of_sheet: bool) -> None:
    """Print a bundled form as TOML: the starting point for a form of your own.

    NAME may also be a round's manifest: then it lists what that round asks, with the ids of its questions and answers.

    \b
    Examples:
      subrosa form show hr-benchmark > my-form.toml
      subrosa form show rounds/<round id>/manifest.json
      subrosa form show team-pulse --sheet > my-form.sheet.toml
    """
    from host.form_words import ids_in_words  # noqa: PLC0415
    from survey.forms.loading import bundled_sheet_text, bundled_text  # noqa: PLC0415

    if _is_manifest(name):
        if of_sheet:
            raise click.UsageError("A manifest has no conversation sheet; leave --sheet out.")
        click.echo("\n".join(map(plain, ids_in_words(read_form(name)).split("\n"))))
        return
    form_text = bundled_text(name)
    sheet_text = bundled_sheet_text(name) if of_sheet else None
    if of_sheet and sheet_text is None:
        raise click.UsageError(_no_sheet(name))
    click.echo(sheet_text or form_text, nl=False)


@form.command("template")
@click.argument("file")
@form_shape_options
def template(file: str, leave_out: str, merge: tuple[str, ...]) -> None:
    """Print the header of the CSV table for a form: one respondent a row, one column a question.

    A round may ask less than the form it was opened with (--preset, --leave-out): give its manifest then.

    \b
    Examples:
      subrosa form template hr-benchmark > answers.csv
      subrosa form template rounds/<round id>/manifest.json > answers.csv
    """
    from survey.forms.answers_csv import template as header  # noqa: PLC0415

    click.echo(header(reshaped(read_form(file), leave_out, merge)), nl=False)


@form.command("sheet")
@click.argument("file")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Write the page to this new file."
)
@click.option("--language", help="The language of the page; English, or else the first one, if left out.")
def sheet(file: str, out: Path, language: str | None) -> None:
    """Write the conversation sheet of a form: a page to print for a team that is too small for a survey.

    It collects nothing. FILE is the name of a bundled form, or a TOML file with a sheet beside it.

    \b
    Example:
      subrosa form sheet team-pulse --language es --out sheet.html
    """
    from survey.forms.sheets import bundled_sheet, load_sheet  # noqa: PLC0415
    from survey.pages.sheet import sheet_page  # noqa: PLC0415

    read = read_form(file)
    found = load_sheet(Path(file), read) if _is_file(file) else bundled_sheet(file, read)
    if found is None:
        raise click.UsageError(_no_sheet(file))
    page = sheet_page(read, found, _language(read, language))
    check_new_file(out, "--out")
    out.write_text(page, encoding="utf-8")
    click.echo(f"Wrote the sheet to {out}: print it on A4. It has no place to write, and nothing of it is collected.")


def _language(read: Form, wanted: str | None) -> str:
    """Raises: click.UsageError, if the form has nothing in that language."""
    if wanted is not None and wanted not in read.languages:
        known = (
            f"it has {', '.join(read.languages)}" if read.languages else "it names no language; leave --language out"
        )
        raise click.UsageError(f"--language: the form has no '{wanted}'; {known}.")
    if wanted is not None or not read.languages:
        return wanted or ""
    return "en" if "en" in read.languages else read.languages[0]


def _no_sheet(file: str) -> str:
    if not _is_file(file):
        return f"The form '{file}' has no conversation sheet; team-pulse has one."
    from survey.forms.sheets import sheet_beside  # noqa: PLC0415

    return f"There is no conversation sheet for {file}; write {sheet_beside(Path(file))}, as docs/forms.md says."
