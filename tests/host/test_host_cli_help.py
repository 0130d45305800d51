"""The commands there are, and what each says of itself."""

import click
import pytest

from host.cli.program import program


def commands(group=program, path=()):
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_explains_itself_with_an_example(ask, path):
    ran = ask(*path, "--help")

    assert ran.code == 0
    assert "Example" in ran.out
    assert f"subrosa {' '.join(path)}" in ran.out.partition("Example")[2]
    assert ran.err == ""


def test_the_commands_are_those_of_the_design():
    assert [" ".join(path) for path in commands()] == [
        "backup",
        "box destroy",
        "box export",
        "database move",
        "form check",
        "form sheet",
        "form show",
        "form template",
        "guide check",
        "guide template",
        "init",
        "invite",
        "keys new",
        "ledger",
        "measure",
        "microdata",
        "plan",
        "publish",
        "respond",
        "restore",
        "round cancel",
        "round close",
        "round extend",
        "round list",
        "round members",
        "round open",
        "round show",
        "serve",
        "tally",
        "verify",
    ]
