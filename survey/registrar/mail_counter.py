"""Codes by mail as the registrar's HTTP side needs them: every outcome is a problem or a pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from survey import problems
from survey.problems import Refused
from survey.registrar.mail_desk import MailDesk, OtherAddress, TooMany
from survey.registrar.mail_keys import MailKey
from survey.registrar.mail_requests import read_mail_code, read_mail_request
from survey.registrar.passes import Grant, Passes
from survey.registrar.pending import CodeOver, WrongCode
from survey.rounds.eligibility import MailEligibility
from survey.rounds.manifest import Manifest

MailKeys = Callable[[str], MailKey | None]

_REFUSALS: Final = {
    Grant.USED: problems.USED_ADDRESS,
    Grant.DOMAIN_FULL: problems.DOMAIN_FULL,
    Grant.CLOSED: problems.CLOSED,
    Grant.STOPPED: problems.NO_MAIL,
}


class MailCounter:
    """Where a request for mail, and a code that was mailed, are handed in.

    keys: a round's key for mail addresses, or None once it is destroyed, lost or damaged.
    """

    def __init__(self, desk: MailDesk, passes: Passes, keys: MailKeys) -> None:
        self._desk, self._passes, self._keys = desk, passes, keys

    def forget_old(self) -> None:
        """Drop from memory what has expired."""
        self._desk.forget_old()

    def ask(self, manifest: Manifest, source: bytes | None) -> None:
        """Take the request for mail that is being served. Raises: Refused."""
        offered = _offered(manifest)
        key, address = read_mail_request(manifest, offered)
        mail_key = self._keys(manifest.id)
        if mail_key is None:
            raise Refused(problems.CLOSED if self._passes.is_closed(manifest.id_bytes) else problems.STORAGE)
        try:
            self._desk.ask(key, address, offered, mail_key, source)
        except TooMany:
            raise Refused(problems.TOO_MANY) from None
        except OtherAddress:
            raise Refused(problems.OTHER_ADDRESS) from None

    def spend(self, manifest: Manifest, credentials: str, blinded_message: bytes) -> None:
        """Check a mailed code, and bind its address to the message, durably. Raises: Refused."""
        offered = _offered(manifest)
        key, digits = read_mail_code(manifest, credentials)
        try:
            verified = self._desk.verify(key, digits)
        except WrongCode:
            raise Refused(problems.WRONG_MAIL_CODE) from None
        except CodeOver:
            raise Refused(problems.MAIL_CODE_OVER) from None
        granted = self._passes.grant(
            manifest.id_bytes, verified.address, verified.domain, blinded_message, offered.per_domain
        )
        if granted is not Grant.SIGN:
            raise Refused(_REFUSALS[granted])


def _offered(manifest: Manifest) -> MailEligibility:
    if manifest.eligibility.mail is None:
        raise Refused(problems.NO_MAIL)
    return manifest.eligibility.mail
