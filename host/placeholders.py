"""What `init` wrote into subrosa.toml for a host to replace, and what to tell one who has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.config import Config

NAME: Final = "Our society"
CONTACT: Final = "how to reach us"


def left_placeholders(config: Config) -> Iterator[str]:
    """A sentence for each placeholder that people would read."""
    if NAME in (config.society, config.registrar.operator, config.intake.operator):
        yield f"subrosa.toml still has the name '{NAME}': respondents and readers see it."
    if config.contact == CONTACT:
        yield f"subrosa.toml still has the contact '{CONTACT}': respondents and readers see it, and can reach nobody."
