"""Whose mail addresses a round takes: read from a list, and entered as hashes. The list itself is nobody's business."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from host.house import House
from host.keys import read_mail_key
from host.mailing_list import read_mailing_list
from host.slip_words import LANGUAGES
from survey.registrar.mail_addresses import MailAddress
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound
from survey.rounds.manifest import Manifest
from survey.rounds.times import now


class MembersError(ValueError):
    """Members that cannot be entered; says why."""


def read_members(path: Path) -> tuple[MailAddress, ...]:
    """The addresses of a list, each mailbox once. Raises: MailingListError."""
    return tuple(one.address for one in read_mailing_list(path, LANGUAGES, LANGUAGES[0]).recipients)


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
