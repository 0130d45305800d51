"""`subrosa round …`: open, list, show, extend, close and cancel rounds, and enter members."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli.eligibility import admission, eligibility_options, members, warn_of_shared_cap
from host.cli.forms import read_form
from host.cli.shaping import choice, shape, shape_options
from host.cli.show import config_option, facts, instant_option, json_option, spinner
from host.cli.wishing import wish_options, wishes

if TYPE_CHECKING:
    from host.house import House
    from survey.forms.model import Form


@click.group("round")
def round_() -> None:
    """Open, show, extend, close and cancel rounds."""


@round_.command("open")
@click.option("--form", "form_name", required=True, help="A form file, or the name of a bundled form.")
@click.option("--name", required=True, help="Your short name for the round (a-z, 0-9, -, _).")
@click.option("--opens", help="When it opens (ISO 8601 with offset); now if left out.")
@click.option("--closes", required=True, help="When it closes (ISO 8601 with offset).")
@click.option("--closes-latest", help="How far the closing date may be moved; --closes if left out.")
@click.option("--respondents", type=click.IntRange(1), required=True, help="How many you expect to answer.")
@wish_options
@shape_options
@click.option("--dry-run", is_flag=True, help="Say what would be promised, and open nothing.")
@click.option("--sealing-key", type=click.Path(path_type=Path), help="Public key of a tally on another machine.")
@eligibility_options
@config_option
@json_option
def open_(config_path: Path, form_name: str, as_json: bool, **options: Any) -> None:
    """Open a round: make its keys, sign its promise, print its id.

    \b
    Example:
      subrosa round open --form hr-benchmark --name spring --closes 2026-12-01T18:00:00+01:00 \\
          --respondents 800 --by role
    """
    from host.house import House  # noqa: PLC0415
    from host.keys import read_sealing_public  # noqa: PLC0415
    from host.opening import open_round, would_promise  # noqa: PLC0415

    house, whole = House.at(config_path), read_form(form_name)
    before = wishes(whole, options)
    form, wished, proposal = shape(whole, before, options)
    chosen, chosen_words = choice(whole, before, wished, proposal)
    key = options["sealing_key"]
    asked = (house, form, options["name"], _dates(options), wished, None if key is None else read_sealing_public(key))
    if options["dry_run"]:
        promise = would_promise(*asked, admission(options))
        _warn(house, form)
        _say_promise(promise, chosen, chosen_words, as_json)
        return
    manifest = open_round(*asked, admission(options))
    promise = manifest.promise
    words = (
        f"Opened '{manifest.name}': {len(promise.tables)} tables, "
        f"(epsilon {promise.epsilon:g}, delta {promise.delta:g}).\n{chosen_words}{_precision_words(promise)}\n"
        f"Round id: {manifest.id}"
    )
    _warn(house, form)
    warn_of_shared_cap(manifest.eligibility)
    facts(as_json, {"round": manifest.id, "tables": len(promise.tables), "rho": promise.rho, **chosen}, words)


@round_.command("list")
@config_option
@json_option
def list_(config_path: Path, as_json: bool) -> None:
    """List the rounds of this society.

    \b
    Example:
      subrosa round list
    """
    from host.house import House  # noqa: PLC0415
    from survey.rounds.closing import phase  # noqa: PLC0415
    from survey.rounds.times import now, stamp  # noqa: PLC0415

    rounds = House.at(config_path).rounds
    rows = []
    for published in rounds.all():
        manifest, statement = published.manifest, published.statement
        closes = statement.closes if statement else manifest.closes
        state = phase(manifest, statement, now()).value
        rows.append({"round": manifest.id, "name": manifest.name, "state": state, "closes": stamp(closes)})
    lines = [f"{r['name']:<20} {r['state']:<12} closes {r['closes']}  {r['round']}" for r in rows]
    facts(
        as_json,
        {"rounds": rows},
        "\n".join(lines) or "There are no rounds yet; see `subrosa round open --help`.",
    )


@round_.command("show")
@click.argument("round_name", metavar="ROUND")
@config_option
@json_option
def show(round_name: str, config_path: Path, as_json: bool) -> None:
    """Show a round's promise in words, and how far along it is. ROUND: name, id, or the start of the id.

    \b
    Example:
      subrosa round show spring
    """
    from dataclasses import asdict  # noqa: PLC0415

    from host.house import House  # noqa: PLC0415
    from host.in_words import round_in_words  # noqa: PLC0415
    from host.lifecycle import standing  # noqa: PLC0415
    from survey.rounds.times import now, stamp  # noqa: PLC0415

    house = House.at(config_path)
    published = house.rounds.find(round_name)
    current = standing(house, published, now())
    values = {
        "round": published.manifest.id,
        "name": published.manifest.name,
        "state": current.phase.value,
        "closes": stamp(current.closes),
        "codes": None if current.codes is None else asdict(current.codes),
        "mail": None if current.mail is None else asdict(current.mail),
        "responses": current.responses,
        "box": current.box,
        "measured": current.measured,
        "key_fault": current.key_fault,
        "manifest": published.manifest.to_json(),
    }
    facts(as_json, values, round_in_words(published.manifest, current))


@round_.command("extend")
@click.argument("round_name", metavar="ROUND")
@click.option("--closes", required=True, help="The new closing date (ISO 8601 with offset).")
@config_option
def extend_(round_name: str, closes: str, config_path: Path) -> None:
    """Move the closing date, up to the latest the round promised.

    \b
    Example:
      subrosa round extend spring --closes 2026-12-08T18:00:00+01:00
    """
    from host.house import House  # noqa: PLC0415
    from host.lifecycle import extend  # noqa: PLC0415
    from survey.rounds.times import now, stamp  # noqa: PLC0415

    house, date = House.at(config_path), instant_option(closes, "--closes")
    published = house.rounds.find(round_name)
    extend(house, published, date, now())
    click.echo(f"'{published.manifest.name}' now closes {stamp(date)}; the manifest and its id stay the same.")


@round_.command("close")
@click.argument("round_name", metavar="ROUND")
@click.option("--early", is_flag=True, help="Close before the closing date.")
@click.option("--anyway", is_flag=True, help="Also where a key or a party is not in order.")
@config_option
def close_(round_name: str, early: bool, anyway: bool, config_path: Path) -> None:
    """Close a round: no more responses; the key that signs tokens and all codes are destroyed.

    \b
    Example:
      subrosa round close spring
    """
    from host.house import House  # noqa: PLC0415
    from host.in_words import closed_in_words  # noqa: PLC0415
    from host.lifecycle import close  # noqa: PLC0415
    from survey.rounds.times import now  # noqa: PLC0415

    house = House.at(config_path)
    published = house.rounds.find(round_name)
    with spinner("Closing: the order of arrival is removed"):
        ended = close(house, published, now(), early, anyway)
    click.echo(closed_in_words(published.manifest.name, ended))


@round_.command("cancel")
@click.argument("round_name", metavar="ROUND")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def cancel_(round_name: str, yes: bool, config_path: Path) -> None:
    """Cancel a round: all its keys and responses are destroyed, and nothing can ever be released from it.

    \b
    Example:
      subrosa round cancel spring
    """
    from host.house import House  # noqa: PLC0415
    from host.in_words import cancelled_in_words  # noqa: PLC0415
    from host.lifecycle import cancel  # noqa: PLC0415
    from survey.rounds.times import now  # noqa: PLC0415

    house = House.at(config_path)
    published = house.rounds.find(round_name)
    if not yes:
        click.confirm(f"Destroy all keys and responses of '{published.manifest.name}' for good?", abort=True)
    ended = cancel(house, published, now())
    click.echo(cancelled_in_words(published.manifest.name, ended))


round_.add_command(members)


def _dates(options: dict[str, Any]) -> Any:
    from host.opening import Dates  # noqa: PLC0415
    from survey.rounds.times import now  # noqa: PLC0415

    closes = instant_option(options["closes"], "--closes")
    latest, opens = options["closes_latest"], options["opens"]
    return Dates(
        opens=now().replace(microsecond=0) if opens is None else instant_option(opens, "--opens"),
        closes=closes,
        closes_latest=closes if latest is None else instant_option(latest, "--closes-latest"),
    )


def _warn(house: House, form: Form) -> None:
    """Say what a host would want to mend before anybody reads it."""
    from host.placeholders import left_placeholders  # noqa: PLC0415
    from host.support import lacks_support  # noqa: PLC0415

    for sentence in (*left_placeholders(house.config), lacks_support(form.id, house.config.support)):
        if sentence:
            click.echo(f"subrosa: {sentence}", err=True)


def _say_promise(promise: Any, chosen: dict[str, Any], chosen_words: str, as_json: bool) -> None:
    from host.in_words import tables_in_words  # noqa: PLC0415

    words = (
        f"Nothing was opened. It would promise {len(promise.tables)} tables, (epsilon {promise.epsilon:g}, delta "
        f"{promise.delta:g}).\n{chosen_words}{tables_in_words(promise)}\n{_precision_words(promise)}"
    )
    facts(as_json, {"opened": False, "promise": promise.to_json(), **chosen}, words)


def _precision_words(promise: Any) -> str:
    from host.in_words import precision_in_words  # noqa: PLC0415

    return precision_in_words(promise)
