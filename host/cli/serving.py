"""`subrosa serve`: registrar, intake and site as processes."""

from __future__ import annotations

import os
from pathlib import Path

import click

from host.cli.show import config_option


class TryLater(click.ClickException):
    """What may pass by itself, unlike a setting that is wrong: whoever watches over the service starts it again."""

    exit_code = os.EX_TEMPFAIL


@click.command()
@click.option("--role", type=click.Choice(["registrar", "intake", "site", "all"]), default="all", show_default=True)
@click.option("--stop-with-parent", is_flag=True, hidden=True)
@config_option
def serve(role: str, stop_with_parent: bool, config_path: Path) -> None:
    """Serve the registrar, the intake, the site, or all three, each as a process of its own on its own port.

    Put a TLS proxy without access logs in front. Stop with Ctrl-C; every confirmed response is on disk. It ends with 75
    where it is worth trying again later: a database that does not answer, a port that is in use.

    \b
    Example:
      subrosa serve --role intake
    """
    from host.config import load_config  # noqa: PLC0415

    if role == "all":
        from host.supervising import supervise  # noqa: PLC0415

        raise SystemExit(supervise(load_config(config_path), config_path))
    from host.serving import serve_role  # noqa: PLC0415

    config = load_config(config_path)
    from host.ports import PortBusy  # noqa: PLC0415

    try:
        serve_role(config, role, stop_with_parent)
    except PortBusy as error:
        raise TryLater(str(error)) from None
    except RuntimeError as error:
        from storage.unavailable import DatabaseUnavailable  # noqa: PLC0415  (the site has no database)

        if not isinstance(error, DatabaseUnavailable) or not error.passing:
            raise
        raise TryLater(str(error)) from None
