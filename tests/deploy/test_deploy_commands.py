"""Every command of ours in a sample is one the command line takes, and places and ports are those of the config."""

import re
import tomllib

import click
import pytest
from samples import DEPLOY, HOME, PROGRAM, PROJECT, ROLES, commands, text_of, units

from host.cli.program import program

CONFIG = tomllib.loads((PROJECT / "config.example.toml").read_text(encoding="utf-8"))
FOUND = list(commands())


def parse(arguments: list[str]) -> None:
    """As the command line would take it, without running it. Raises: click.UsageError."""
    command: click.Command = program
    while isinstance(command, click.Group):
        name, *arguments = arguments or [""]
        if name not in command.commands:
            raise click.UsageError(f"There is no command {name}.")
        command = command.commands[name]
    command.make_context(None, list(arguments))


@pytest.mark.parametrize(("name", "arguments"), FOUND, ids=[f"{n} {' '.join(a[:3])}" for n, a in FOUND])
def test_the_command_line_takes_it(name, arguments):
    parse([word.replace("%i", "intake") for word in arguments])


def test_all_three_services_were_found_in_units_and_containers():
    served = [(name, arguments[2]) for name, arguments in FOUND if arguments[:2] == ["serve", "--role"]]
    assert {role for _, role in served} == set(ROLES)
    assert len(served) == 2 * len(ROLES)


def test_a_command_that_does_not_exist_is_noticed():
    for planted in (["serv", "--role", "intake"], ["serve", "--rolle", "intake"], ["serve", "--role", "tally"]):
        with pytest.raises(click.UsageError):
            parse(planted)


def test_units_name_the_same_program_and_the_same_config_everywhere():
    for path in units():
        for line in re.findall(r"^ExecStart=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert line.startswith(f"{PROGRAM} ")
            assert line.endswith(f"--config {HOME}/subrosa.toml")


def test_no_sample_names_a_port_that_is_neither_the_configs_nor_explained():
    known = {CONFIG[role]["listen"].rpartition(":")[2] for role in ROLES} | {"8100", "8101", "8102"}  # to the onion
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file():
            ports = set(re.findall(r"(?:127\.0\.0\.1|0\.0\.0\.0):(\d{4,5})", path.read_text(encoding="utf-8")))
            assert ports <= known, path


def test_no_sample_holds_a_password_a_real_address_or_a_place_to_download_from():
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert set(re.findall(r"https?://([\w.-]+)", text)) <= {"127.0.0.1", "society.example"}, path
            assert not re.search(r"password\s*[=:]|PASSWORD '", text), path
            assert set(re.findall(r"\b[\w-]+\.(?:com|org|net|io)\b", text)) <= set(), path
            assert len(text.splitlines()) < 300


def test_every_sample_is_named_in_the_documents():
    said = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "docs").rglob("*.md"))
    assert [path.name for path in DEPLOY.rglob("*") if path.is_file() and path.name not in said] == []


def test_the_databases_of_the_samples_are_named_like_those_of_the_config():
    for party in ("registrar", "intake", "tally"):
        assert f"CREATE DATABASE {party} OWNER {party} " in text_of("postgresql/parties.sql")
