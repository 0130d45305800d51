"""Who may take part in a round, as its manifest promises: holders of codes, holders of mail addresses, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MailEligibility:
    """Whose mail addresses are taken.

    domains: lower case, sorted, each once; empty: any domain. members_only: only addresses that the society entered.
    free_mail: whether addresses at well-known free-mail providers are taken. per_domain: how many passes one domain
    gets at most, None without a limit.
    """

    domains: tuple[str, ...] = ()
    members_only: bool = False
    free_mail: bool = True
    per_domain: int | None = None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The ways to a pass that a round offers; at least one. Raises: ValueError."""

    codes: bool
    mail: MailEligibility | None

    def __post_init__(self) -> None:
        if not self.codes and self.mail is None:
            raise ValueError("a round offers codes, mail, or both; without either nobody could take part.")
        if self.mail is not None and list(self.mail.domains) != sorted(set(self.mail.domains)):
            raise ValueError("mail domains are sorted and named once each.")

    def to_json(self) -> dict[str, Any]:
        mail = self.mail
        offered = mail and {
            "domains": list(mail.domains),
            "members_only": mail.members_only,
            "free_mail": mail.free_mail,
            "per_domain": mail.per_domain,
        }
        return {"codes": self.codes, "mail": offered}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Eligibility:
        """From a document that the manifest's schema has already checked. Raises: ValueError."""
        mail = data["mail"]
        return cls(data["codes"], mail and MailEligibility(**{**mail, "domains": tuple(mail["domains"])}))


CODES_ONLY = Eligibility(codes=True, mail=None)


def organisation_cap(eligibility: Eligibility) -> int | None:
    """The most responses that people of one mail domain can give; None if nothing limits them."""
    return None if eligibility.codes or eligibility.mail is None else eligibility.mail.per_domain
