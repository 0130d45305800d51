"""What a break-in into a service could reach besides, because its process may open other parties' folders."""

from __future__ import annotations

import os

from host.config import Config


def warning_of_open_folders(config: Config, *roles: str) -> str | None:
    """In words, for these roles as processes of one user; None if they reach nobody else's folder."""
    others = {"host": config.root / "host", "tally": config.tally_folder}
    others |= {role: config.root / role for role in ("registrar", "intake") if roles != (role,)}
    reached = [name for name, folder in others.items() if folder.is_dir() and os.access(folder, os.R_OK)]
    if not reached:
        return None
    who = f"The {roles[0]}" if len(roles) == 1 else f"Each of {', '.join(roles)}"
    return (
        f"{who} could open the folders of: {', '.join(reached)}. Keep parties, and above all the tally, on machines of "
        "their own, so that a break-in here reaches no other party's keys."
    )
