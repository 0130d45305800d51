"""In how many processes a role works."""

from __future__ import annotations

import logging
from typing import Final

from host.config import Config

log: Final = logging.getLogger("subrosa")


def processes_of(config: Config, role: str) -> int:
    """As many as `[serve] processes` says; the registrar in one where it has a mail server, and then says so.

    Open requests for codes by mail, and what limits them, are in the memory of one process and in no file: in two, half
    of the codes would be wrong, and each limit would be twice as high.
    """
    if role == "registrar" and config.mail_config is not None and config.processes > 1:
        log.warning("The registrar works in one process, because requests for codes by mail are kept in its memory.")
        return 1
    return config.processes
