"""Whose mail addresses a round takes: read from a list, and entered as hashes. The list itself is nobody's business."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from host.house import House
from host.keys import read_mail_key
from survey.registrar.mail_addresses import MailAddress, MalformedAddress, read_address
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound
from survey.rounds.manifest import Manifest
from survey.rounds.times import now


class MembersError(ValueError):
    """A list of members that cannot be read or entered. Bad rows are named by number, never by what they hold."""


def read_members(path: Path) -> tuple[MailAddress, ...]:
    """The addresses of a list: one a line, or the first column of a CSV table, under a heading or not.

    Raises: MembersError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row[0].strip() if row else "" for row in csv.reader(file)]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise MembersError(
            "The list of members cannot be read; it has one mail address a line, or is a CSV table with the addresses "
            "in its first column."
        ) from None
    if rows and "@" not in rows[0]:
        rows[0] = ""  # a heading
    found, bad = [], []
    for number, text in enumerate(rows, start=1):
        try:
            found += [read_address(text)] if text else []
        except MalformedAddress:
            bad.append(str(number))
    if bad:
        shown = ", ".join(bad[:10]) + (f" and {len(bad) - 10} more" if len(bad) > 10 else "")
        raise MembersError(f"These rows of the list hold no mail address, and none was entered: {shown}.")
    if not found:
        raise MembersError("The list of members holds no mail address.")
    return tuple(found)


def add_members(house: House, published: PublishedRound, addresses: Iterable[MailAddress]) -> int:
    """Enter members of a round that is for members only; how many are new. Raises: MembersError, KeyMissing."""
    manifest = published.manifest
    mail = manifest.eligibility.mail
    if mail is None or not mail.members_only:
        raise MembersError(
            "This round is not for listed members only, as its promise says; there is nothing to add to."
        )
    with house.rounds.changing():
        statement = house.rounds.load(manifest.id).statement
        if phase(manifest, statement, now()) in (Phase.CLOSED, Phase.CANCELLED):
            raise MembersError("This round is closed; members for it would be of no use.")
        return enter_members(house, manifest, addresses)


def enter_members(house: House, manifest: Manifest, addresses: Iterable[MailAddress]) -> int:
    """The hashes of the addresses go to the register. Raises: KeyMissing where the registrar does not work."""
    key = read_mail_key(house.mail_key(manifest.id))
    hashes = (key.address_hash(manifest.id_bytes, address) for address in addresses)
    return house.new_register().passes.add_members(manifest.id_bytes, hashes)
