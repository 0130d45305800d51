"""Who may take part: the options of `round open` about it, and `round members`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli.show import config_option

if TYPE_CHECKING:
    from host.opening import Admission
    from survey.rounds.eligibility import Eligibility

_OPTIONS = (
    click.option(
        "--verify",
        type=click.Choice(["codes", "mail", "codes,mail"]),
        default="codes",
        show_default=True,
        help="What gives a pass: codes of invitations, codes mailed to an address, or both; who has both gets two.",
    ),
    click.option("--mail-domain", multiple=True, help="Mail: take addresses at this domain only. Repeatable."),
    click.option("--refuse-free-mail", is_flag=True, help="Mail: take no addresses of well-known free providers."),
    click.option(
        "--per-domain",
        type=click.IntRange(1),
        help="Mail: at most this many passes for one exact domain; subdomains, other domains and codes do not count.",
    ),
    click.option(
        "--members", type=click.Path(path_type=Path), help="Mail: take only the addresses in this list (or CSV column)."
    ),
)


def eligibility_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def admission(options: dict[str, Any]) -> Admission:
    """What the options ask for. Raises: click.UsageError, MailingListError, MalformedAddress."""
    from host.members import read_members  # noqa: PLC0415
    from host.opening import Admission  # noqa: PLC0415
    from survey.registrar.mail_addresses import read_domain  # noqa: PLC0415
    from survey.rounds.eligibility import Eligibility, MailEligibility  # noqa: PLC0415

    ways = options["verify"].split(",")
    domains, members = options["mail_domain"], options["members"]
    if "mail" not in ways and (domains or members or options["refuse_free_mail"] or options["per_domain"]):
        raise click.UsageError(
            "--mail-domain, --refuse-free-mail, --per-domain and --members are for rounds with codes by mail: "
            "add --verify mail or --verify codes,mail."
        )
    mail = MailEligibility(
        domains=tuple(sorted({read_domain(domain) for domain in domains})),
        members_only=members is not None,
        free_mail=not options["refuse_free_mail"],
        per_domain=options["per_domain"],
    )
    eligibility = Eligibility("codes" in ways, mail if "mail" in ways else None)
    return Admission(eligibility, () if members is None else read_members(members))


def warn_of_shared_cap(eligibility: Eligibility) -> None:
    """Say what a host may not have meant: that a cap made for companies is one for a free provider's users too."""
    mail = eligibility.mail
    if mail is None or mail.per_domain is None or not mail.free_mail or mail.domains or mail.members_only:
        return
    click.echo(
        f"subrosa: --per-domain {mail.per_domain} also bounds all users of one free mail provider together. If that is "
        "not meant, cancel this round and open another with --refuse-free-mail, --mail-domain or --members.",
        err=True,
    )


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option(
    "--add", "list_", type=click.Path(path_type=Path), required=True, help="A list, or a CSV table's first column."
)
@config_option
def members(round_name: str, list_: Path, config_path: Path) -> None:
    """Enter more members of a round that was opened with --members. Only keyed hashes of addresses are kept.

    \b
    Example:
      subrosa round members spring --add newcomers.csv
    """
    from host.house import House  # noqa: PLC0415
    from host.members import add_members, read_members  # noqa: PLC0415

    house = House.at(config_path)
    published = house.rounds.find(round_name)
    addresses = read_members(list_)
    new = add_members(house, published, addresses)
    click.echo(f"Entered {new} new members of '{published.manifest.name}'; {len(addresses) - new} were there already.")
