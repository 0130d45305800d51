"""The command line: what a host lives in. Each command imports the rooms it needs when it runs, not before."""

from host.cli.program import main

__all__ = ["main"]
