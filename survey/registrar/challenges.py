"""What the registrar asks for where it answers 401 (RFC 9110 section 11.6.1): the credentials that a round takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from survey.problems import Refused
from survey.registrar.description import CODE, MAIL_CODE
from survey.rounds.manifest import Manifest

_REALM: Final = 'realm="subrosa"'  # a Bearer challenge says at least one thing of itself (RFC 6750 section 3)
_UNAUTHORIZED: Final = 401


@contextmanager
def challenged(manifest: Manifest) -> Iterator[None]:
    """Whatever is refused inside with 401 names what the round takes. Raises: Refused."""
    try:
        yield
    except Refused as refused:
        if refused.problem.status != _UNAUTHORIZED:
            raise
        raise Refused(refused.problem, {"WWW-Authenticate": www_authenticate(manifest)}) from None


def www_authenticate(manifest: Manifest) -> str:
    """From the public promise alone, and so the same for everyone, whatever was wrong with what was sent."""
    offered = manifest.eligibility
    taken = {CODE.scheme: offered.codes, MAIL_CODE.scheme: offered.mail is not None}
    return ", ".join(f"{scheme} {_REALM}" for scheme, is_taken in taken.items() if is_taken)
