"""A society with one small round, quick to make: every test of backups has one of its own."""

import shutil
import sys
from pathlib import Path

import pytest
from societies import Society, founded, opened, place_on_free_ports

sys.path.insert(0, str(Path(__file__).parent))

from desks import Desks, Person, on_servers


@pytest.fixture(scope="session")
def founded_once(tmp_path_factory) -> Path:
    """A society with an open round, `spring`: made once, because its promise takes seconds."""
    folder = tmp_path_factory.mktemp("founded") / "society"
    opened(founded(folder))
    return folder


@pytest.fixture
def town(founded_once, tmp_path) -> Society:
    """The same, for one test alone."""
    shutil.copytree(founded_once, tmp_path / "society")
    place_on_free_ports(tmp_path / "society" / "subrosa.toml")
    return Society(tmp_path / "society")


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, town) -> Society:
    """The same, with the stores of registrar and intake on either engine."""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        databases = {party: postgres.new_database() for party in ("registrar", "intake")}
        on_servers(town, **databases)
    return town


@pytest.fixture
def desks(either):
    desks = Desks(either.house)
    yield desks
    desks.stop()


def four(desks: Desks) -> list[Person]:
    manifest = desks.house.rounds.find("spring").manifest
    people = [Person(manifest) for _ in range(4)]
    desks.register.add(manifest.id_bytes, [person.code_hash for person in people])
    return people


@pytest.fixture
def people(desks):
    """Four people with codes."""
    return four(desks)


@pytest.fixture
def people_of():
    """The services of a society, and four people with codes of its round."""
    made = []

    def people(society: Society) -> tuple[Desks, list[Person]]:
        made.append(Desks(society.house))
        return made[-1], four(made[-1])

    yield people
    for desks in made:
        desks.stop()
