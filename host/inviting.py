"""Making and revoking eligibility codes. Codes exist only in what is returned; the registrar keeps hashes."""

from __future__ import annotations

from host.house import House
from survey.registrar.codes import hash_code, new_code
from survey.registrar.register import Verdict
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound
from survey.rounds.times import now


class InvitationError(ValueError):
    """Codes that cannot be made or revoked; says why."""


def make_invitations(house: House, published: PublishedRound, count: int, links: bool) -> list[str]:
    """New codes, entered in the register before they are returned. Raises: InvitationError."""
    manifest = published.manifest
    if not manifest.eligibility.codes:
        raise InvitationError("This round gives passes by mail only, as its promise says; codes would be of no use.")
    codes = [new_code() for _ in range(count)]
    with house.rounds.changing():
        statement = house.rounds.load(manifest.id).statement
        if phase(manifest, statement, now()) in (Phase.CLOSED, Phase.CANCELLED):
            raise InvitationError("This round is closed; codes for it would be of no use.")
        house.new_register().add(manifest.id_bytes, (hash_code(code, manifest.id_bytes) for code in codes))
    if not links:
        return codes
    # All of it in the fragment: browsers never send that part, so no server or proxy can log a code.
    return [f"{house.config.site.url}/round#{manifest.id}.{code}" for code in codes]


def revoke_code(house: House, published: PublishedRound, code: str) -> None:
    """Raises: InvitationError, MalformedCode."""
    manifest = published.manifest
    if phase(manifest, published.statement, now()) in (Phase.CLOSED, Phase.CANCELLED):
        raise InvitationError("This round is closed; its codes are deleted and give nothing any more.")
    bare = code.rpartition("#")[2].rpartition(".")[2]
    register = house.register()
    if register is None:
        raise InvitationError("The registrar does not work on this machine; revoke the code where it does.")
    verdict = register.revoke(manifest.id_bytes, hash_code(bare, manifest.id_bytes))
    if verdict is Verdict.UNKNOWN:
        raise InvitationError("This round has no such code; check it letter by letter.")
    if verdict is Verdict.USED:
        raise InvitationError(
            "This code was used already. Which response it led to cannot be known, so it cannot be taken back."
        )
