"""Making and revoking eligibility codes. Codes exist only in what is returned; the registrar keeps hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from host.house import House
from survey.registrar.codes import hash_code, new_code
from survey.registrar.register import Verdict
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound
from survey.rounds.manifest import Manifest
from survey.rounds.times import now


def _nothing(_done: int) -> None:
    """In place of a progress bar."""


class InvitationError(ValueError):
    """Codes that cannot be made or revoked; says why."""


def check_inviting(house: House, published: PublishedRound) -> None:
    """Whether codes of this round are good for anything, now. Raises: InvitationError."""
    manifest = published.manifest
    if not manifest.eligibility.codes:
        raise InvitationError("This round gives passes by mail only, as its promise says; codes would be of no use.")
    statement = house.rounds.load(manifest.id).statement
    if phase(manifest, statement, now()) in (Phase.CLOSED, Phase.CANCELLED):
        raise InvitationError("This round is closed; codes for it would be of no use.")


def make_invitations(
    house: House, published: PublishedRound, count: int, links: bool, advance: Callable[[int], None] = _nothing
) -> list[str]:
    """New codes, entered in the register before they are returned.

    advance: told how many are entered so far. Raises: InvitationError.
    """
    manifest = published.manifest
    codes = [new_code() for _ in range(count)]
    with house.rounds.changing():
        check_inviting(house, published)
        hashes = (hash_code(code, manifest.id_bytes) for code in codes)
        house.new_register().add(manifest.id_bytes, hashes, advance)
    return [invitation_link(house, manifest, code) for code in codes] if links else codes


def invitation_link(house: House, manifest: Manifest, code: str) -> str:
    """All of it in the fragment: browsers never send that part, so no server or proxy can log a code."""
    return f"{house.config.site.url}/round#{manifest.id}.{code}"


def withdraw_invitations(house: House, published: PublishedRound, invitations: Iterable[str]) -> None:
    """Revoke codes or links that were made and reached nobody, or perhaps nobody; used ones stay as they are."""
    round_id = published.manifest.id_bytes
    house.new_register().revoke_all(round_id, [hash_code(_code_in(one), round_id) for one in invitations])


def _code_in(invitation: str) -> str:
    return invitation.rpartition("#")[2].rpartition(".")[2]


def revoke_code(house: House, published: PublishedRound, code: str) -> None:
    """Raises: InvitationError, MalformedCode."""
    manifest = published.manifest
    if phase(manifest, published.statement, now()) in (Phase.CLOSED, Phase.CANCELLED):
        raise InvitationError("This round is closed; its codes are deleted and give nothing any more.")
    register = house.register()
    if register is None:
        raise InvitationError("The registrar does not work on this machine; revoke the code where it does.")
    verdict = register.revoke(manifest.id_bytes, hash_code(_code_in(code), manifest.id_bytes))
    if verdict is Verdict.UNKNOWN:
        raise InvitationError("This round has no such code; check it letter by letter.")
    if verdict is Verdict.USED:
        raise InvitationError(
            "This code was used already. Which response it led to cannot be known, so it cannot be taken back."
        )
