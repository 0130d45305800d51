"""`subrosa invite --mail`: what is asked and told on the way. No address is printed anywhere."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from host.cli.show import bars

if TYPE_CHECKING:
    from types import FrameType

    from host.house import House
    from host.mailing_list import MailingList
    from survey.rounds.folder import PublishedRound


def mail_everybody(house: House, published: PublishedRound, options: Mapping[str, Any]) -> None:
    """Invite or remind everybody on a list. Raises: click.Abort, MailingIncomplete, and what stops it beforehand."""
    from host.inviting import check_inviting  # noqa: PLC0415
    from host.mailing import check_complete, mail_invitations, mail_reminders, mail_server  # noqa: PLC0415
    from host.mailing_list import read_mailing_list  # noqa: PLC0415
    from host.slip_words import LANGUAGES  # noqa: PLC0415

    list_ = read_mailing_list(options["mail"], LANGUAGES, options["language"] or "en")
    if options["from_row"] is not None:
        list_ = list_.from_row(options["from_row"])
    check_inviting(house, published)
    mail_server(house)
    _say_what_comes(house, published, list_, options)
    count, reminds = len(list_.recipients), options["remind"]
    send = mail_reminders if reminds else mail_invitations
    with _stopped_in_order(), bars() as advance:
        delivery = send(house, published, list_.recipients, lambda done: advance("Mails", done, count))
    check_complete(delivery, with_codes=not reminds)
    if reminds:
        click.echo(f"Sent {count} reminders.")
    else:
        click.echo(f"Sent {count} mails with a link each. Who got which link is not kept anywhere here.")


def _say_what_comes(house: House, published: PublishedRound, list_: MailingList, options: Mapping[str, Any]) -> None:
    from host.mailing_list import rows_in_words  # noqa: PLC0415

    count, name = len(list_.recipients), published.manifest.name
    if list_.repeated:
        click.echo(f"A mailbox gets one mail: skipping {rows_in_words(list_.repeated)}, which repeat one further up.")
    register = house.register()
    if not options["remind"] and options["from_row"] is None and register is not None:
        codes = register.counts(published.manifest.id_bytes)
        if codes.issued > codes.revoked:
            click.echo(
                f"'{name}' has {codes.issued - codes.revoked} codes already: whoever has one and gets another can "
                "answer twice."
            )
    what = "reminders without a code" if options["remind"] else "mails with a code each"
    if not options["yes"]:
        click.confirm(f"Send {count} {what} for '{name}'?", abort=True)


@contextmanager
def _stopped_in_order() -> Iterator[None]:
    """An end from outside (the terminal is closed, the machine shuts down) counts as an interrupt from the keyboard.

    Otherwise nobody would revoke the codes of mails that were not sent yet, or say where to go on.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    ends = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in ends}  # who ignores an end (nohup) goes on doing so
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
