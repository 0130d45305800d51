"""What every test has: properties are tried without a deadline, because how fast a machine is proves nothing; and,
for who asks, a PostgreSQL server."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import URL

sys.path.insert(0, str(Path(__file__).parent))

from servers import Postgres, running_postgres

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One real server for all tests of this process."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def _one_database(postgres: Postgres) -> Iterator[URL]:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


@pytest.fixture
def database(postgres: Postgres, _one_database: URL) -> URL:
    """An empty PostgreSQL database: the same for all tests, one after the other (`store_address` is this one, too)."""
    postgres.empty(_one_database)
    return _one_database


@pytest.fixture(params=["sqlite", "postgresql"])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> Path | URL:
    """A new store's address, in either engine."""
    if request.param == "sqlite":
        return tmp_path / "store.sqlite"
    url: URL = request.getfixturevalue("database")
    return url
