"""Rounds whose promise names another address of a service than the config does: respondents would knock in vain."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from host.config import Config
from survey.rounds.closing import Phase, StatementError, phase
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import ManifestError
from survey.rounds.times import now


def moved_addresses(config: Config, *roles: str) -> Iterator[str]:
    """A sentence for each of these roles and each round that still takes responses, or will."""
    try:
        yield from _moved(RoundsFolder(config.root / "rounds"), config, roles)
    except OSError:
        return  # a service whose rounds cannot be read starts all the same, and its readiness says so


def _moved(rounds: RoundsFolder, config: Config, roles: Collection[str]) -> Iterator[str]:
    for round_id in rounds.ids():
        try:
            published = rounds.load(round_id)
        except (ManifestError, StatementError):
            continue  # tampered with: whoever asks for it is refused
        manifest = published.manifest
        if phase(manifest, published.statement, now()) in (Phase.CLOSED, Phase.CANCELLED):
            continue
        for service in manifest.services:
            if service.role in roles and service.url != getattr(config, service.role).url:
                yield (
                    f"The round '{manifest.name}' promised the {service.role} at {service.url}, and subrosa.toml has "
                    f"another [{service.role}] url: respondents go where the promise says, so set it back."
                )
