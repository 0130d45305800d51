"""`subrosa guide`: the guide from figures to small moves that a release carries, to edit and to check."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli.forms import read_form
from host.cli.show import facts, json_option, plain


@click.group()
def guide() -> None:
    """Print the guide that goes with a form, to make one of your own, and check it."""


@guide.command("template")
@click.argument("name", metavar="FORM")
def template(name: str) -> None:
    """Print the guide that a release of this form carries, as TOML: the starting point for one of your own.

    \b
    Example:
      subrosa guide template hr-benchmark > my-guide.toml
    """
    from reports.additions.bundled_guides import guide_text  # noqa: PLC0415

    click.echo(guide_text(name), nl=False)


@guide.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--form", "form_name", required=True, help="The form it is for: a TOML file, a name, or a manifest.")
@json_option
def check(file: Path, form_name: str, as_json: bool) -> None:
    """Check a guide, and say all that is wrong with it.

    \b
    Example:
      subrosa guide check my-guide.toml --form hr-benchmark
    """
    from host.additions import read_toml  # noqa: PLC0415
    from reports.additions.bundled_guides import guide_faults, guide_for  # noqa: PLC0415

    form = read_form(form_name)
    document = read_toml(file, "The guide", "a TOML file such as `subrosa guide template` prints")
    faults = guide_faults(form, document)
    # All of them at once: whoever writes sixty entries wants to read them through once.
    if len(faults) > 1:
        click.echo("\n".join(map(plain, faults)))
    entries = guide_for(form, document)["entries"]
    asked = list(dict.fromkeys(entry["question"] for entry in entries))
    out = len(document["entries"]) - len(entries)
    many = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    words = f"The guide is sound: {many} about {', '.join(asked)}."
    if out:
        more = "1 more is" if out == 1 else f"{out} more are"
        words += f" {more} about questions that this form does not ask; a release leaves them out."
    facts(as_json, {"form": form.id, "entries": len(entries), "left_out": out, "questions": asked}, words)
