"""Mail addresses as people type them: what is mailed to, and what counts as one and the same address."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

MAX_ADDRESS: Final = 254  # RFC 5321, section 4.5.3.1.3
_MAX_LOCAL: Final = 64
_MOST_TYPED: Final = 1000  # the codec's time grows by the square of what it is given
_ATOM: Final = r"[A-Za-z0-9_'&+-]+"
# Far less than RFC 5322 allows, and what people have. With `%` and `!` servers relay elsewhere, a leading `-` and `|`
# mean something to programs behind them, and of `=`, `?` and `_` together a mail program makes other words.
LOCAL_PART: Final = rf"(?!-){_ATOM}(?:\.{_ATOM})*"
_LOCAL: Final = re.compile(LOCAL_PART)
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label holds a letter: a mail server would take four numbers for a machine.
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")
_OWN_NETWORK: Final = (".localhost", ".local", ".localdomain")  # names of the mail server's own surroundings

# Python's codec follows the older IDNA, which turns these into others: mail would go to somebody else's domain.
_DEVIATIONS: Final = frozenset("ßς\u200c\u200d")


class MalformedAddress(ValueError):
    """Text that is no mail address or domain we can send to. Its message never repeats the text."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address. `mailbox`: as it was typed, with the domain in ASCII. `counted`: what is one person.

    What is to be proven goes to `counted`: a server that knows no `+tags` would bring `ana+x` to somebody else.
    Nothing of it is shown in a `repr`.
    """

    mailbox: str = field(repr=False)
    counted: str = field(repr=False)
    domain: str = field(repr=False)


def read_address(text: str) -> MailAddress:
    """Read an address. Counted alike: capitals and small letters, and everything after a `+` in the local part.

    Raises: MalformedAddress, also for local parts that no mailbox of a person has: other than letters, digits, dots
    and `_'&+-`.
    """
    local, at, domain_text = text.strip().rpartition("@")
    if not at or len(local) > _MAX_LOCAL or not _LOCAL.fullmatch(local):
        raise MalformedAddress("This is not a mail address; write it like name@society.example.")
    domain = read_domain(domain_text)
    counted = local.lower().partition("+")[0]
    if not _LOCAL.fullmatch(counted) or len(local) + 1 + len(domain) > MAX_ADDRESS:
        raise MalformedAddress("This is not a mail address; write it like name@society.example.")
    return MailAddress(f"{local}@{domain}", f"{counted}@{domain}", domain)


def read_domain(text: str) -> str:
    """A domain in lower case and ASCII (IDNA). Raises: MalformedAddress, also for names that are no public ones."""
    try:
        if len(text) > _MOST_TYPED:
            raise UnicodeError
        domain = text.strip().lower().encode("idna").decode("ascii").lower()
    except UnicodeError:
        domain = ""
    if _DEVIATIONS & set(unicodedata.normalize("NFKC", text).lower()):
        domain = ""
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain) or domain.endswith(_OWN_NETWORK):
        raise MalformedAddress("This is not a mail domain; write it like society.example.")
    return domain


def is_free_mail(domain: str) -> bool:
    """Whether anybody gets an address there for nothing, by our list of well-known providers."""
    return domain in _free_mail_domains()


@cache
def _free_mail_domains() -> frozenset[str]:
    lines = (Path(__file__).parent / "free_mail_domains.txt").read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
