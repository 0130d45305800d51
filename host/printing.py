"""Invitations on paper: new codes, as slips in a PDF file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from host.house import House
from host.inviting import check_inviting, invitation_link, make_invitations, withdraw_invitations
from host.slip_words import slip_words
from survey.registrar.codes import new_code
from survey.rounds.folder import PublishedRound

if TYPE_CHECKING:
    from host.slips import Advance


def print_slips(
    house: House, published: PublishedRound, path: Path, count: int, language: str, advance: Advance
) -> None:
    """Make codes and write one slip each to a new file, which only its owner can read.

    Whatever could stop it is looked for before any code is made; if it stops all the same, no half file and no valid
    code is left. Raises: InvitationError, SlipError, FileExistsError.
    """
    from host.slips import check_slips, write_slips  # noqa: PLC0415  (nobody else waits for its library)

    check_inviting(house, published)
    words = slip_words(published, house.config.site.url, language)
    check_slips(words, invitation_link(house, published.manifest, new_code()))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    links: list[str] = []
    try:
        with os.fdopen(descriptor, "wb") as file:
            links = make_invitations(house, published, count, links=True)
            write_slips(file, words, links, advance)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        withdraw_invitations(house, published, links)
        raise
