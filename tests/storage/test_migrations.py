"""Each step of each store's schema, on both engines."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, inspect, text
from sqlalchemy.exc import DBAPIError

from privacy.store import LOST
from privacy.store import SCHEMA as LEDGER
from storage import postgresql, sqlite
from storage.address import Address
from storage.migrating import SchemaUnknown, SomebodyElses, migrate
from storage.opening import is_there, open_database
from storage.schema import Schema
from storage.transactions import writing
from survey.intake.tables import SCHEMA as BOX
from survey.registrar.tables import SCHEMA as REGISTER
from survey.respondent.wallet import _SCHEMA as WALLET

STORES = {schema.name: schema for schema in (BOX, REGISTER, LEDGER, WALLET)}
ON_SERVERS = [schema for schema in STORES.values() if schema is not WALLET]
HASH = b"h" * 32
# One row for each table that a database had before versions were kept.
OLD_ROWS: dict[str, dict[str, dict[str, Any]]] = {
    BOX.name: {
        "ballots": {"round_id": HASH, "nonce": HASH, "revision": 2, "authenticator": b"a" * 256, "sealed": b"s" * 1200},
        "box_states": {"round_id": HASH, "state": "closed"},
    },
    REGISTER.name: {
        "codes": {"round_id": HASH, "code_hash": HASH, "blinded_hash": HASH, "revoked": True},
        "mail_passes": {"round_id": HASH, "address_hash": HASH, "domain_hash": HASH, "blinded_hash": HASH},
        "mail_members": {"round_id": HASH, "address_hash": HASH},
        "totals": {"round_id": HASH, "issued": 3, "spent": 2, "revoked": 1},
        "mail_totals": {"round_id": HASH, "passes": 2, "members": 1},
    },
    LEDGER.name: {
        "ledger_entries": {
            "seq": 1,
            "round_id": "one",
            "kind": "measured",
            "rho": 0.1,
            "term": "t",
            "term_epsilon": 3.0,
            "term_delta": 1e-6,
            "day": "2025-05-05",
            "measurement": "m",
            "previous": "p",
            "digest": "d",
        },
        "measurements": {"round_id": "one", "document": b"{}"},
        "destroyed": {"round_id": "one", "day": "2025-05-06"},
    },
    WALLET.name: {
        "entries": {
            "row": 1,
            "code_digest": HASH,
            "record_digest": HASH,
            "secret": HASH,
            "inverse": b"i",
            "blinded_message": b"b",
            "authenticator": None,
            "revision": 0,
            "sealed": None,
            "sent": False,
        }
    },
}


def bare(address: Address) -> Engine:
    """The database without our opening it."""
    return sqlite.new_engine(address, False) if isinstance(address, Path) else postgresql.new_engine(address, False)


def of_every_store_on_both_engines(test: Any) -> Any:
    return pytest.mark.parametrize("schema", ON_SERVERS, ids=lambda schema: schema.name)(test)


@of_every_store_on_both_engines
def test_all_steps_together_make_what_the_program_means_and_nothing_else(
    store_address: Address, schema: Schema
) -> None:
    engine = open_database(store_address, schema, pooled=False)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.version_table})
        assert compare_metadata(context, schema.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*schema.metadata.tables, schema.version_table}
    assert is_there(store_address, schema)


def make_old(engine: Engine, schema: Schema) -> None:
    """Tables as they were before versions were kept, each with a row."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for statement in old_tables(schema):
                connection.exec_driver_sql(statement)
        else:
            schema.metadata.create_all(connection, tables=old_of(schema))
        for table in old_of(schema):
            connection.execute(table.insert().values(OLD_ROWS[schema.name][table.name]))


def old_of(schema: Schema) -> list[Table]:
    """Those of its tables that there were before versions were kept."""
    return [table for table in schema.metadata.sorted_tables if table.name in OLD_ROWS[schema.name]]


def old_tables(schema: Schema) -> list[str]:
    text_of_all = Path(__file__).with_name("before_versions.sql").read_text(encoding="utf-8")
    (mine,) = [part for part in text_of_all.split("-- store: ") if part.startswith(f"{schema.name}\n")]
    return [line.removesuffix(";") for line in mine.splitlines()[1:] if line]


@of_every_store_on_both_engines
def test_0001_adopts_a_database_from_before_versions_with_all_its_rows(store_address: Address, schema: Schema) -> None:
    make_old(bare(store_address), schema)
    for _ in range(2):
        with open_database(store_address, schema, pooled=False).connect() as connection:
            for table in old_of(schema):
                found = dict(connection.execute(table.select()).mappings().one())
                assert found.items() >= OLD_ROWS[schema.name][table.name].items()
            assert version(connection, schema) == schema.head


@pytest.mark.parametrize("schema", STORES.values(), ids=lambda schema: schema.name)
def test_0001_makes_the_same_file_as_the_program_did_before_it_kept_versions(tmp_path: Path, schema: Schema) -> None:
    with writing(sqlite.new_engine(tmp_path / "new", False)) as connection:
        migrate(connection, schema, "0001")
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").scalars().all()
    as_before = {squeezed(statement) for statement in made if schema.version_table not in statement}
    assert as_before == {squeezed(statement) for statement in old_tables(schema)}


def squeezed(statement: str) -> str:
    return "".join(statement.split()).lower()


def version(connection: Connection, schema: Schema) -> str:
    found: str = connection.execute(text(f"SELECT version_num FROM {schema.version_table}")).scalar_one()  # noqa: S608
    return found


def test_0001_of_the_wallet_makes_and_adopts_its_file(tmp_path: Path) -> None:
    for test in (
        test_all_steps_together_make_what_the_program_means_and_nothing_else,
        test_0001_adopts_a_database_from_before_versions_with_all_its_rows,
    ):
        test(tmp_path / f"{test.__name__}.state", WALLET)


def test_0001_of_the_box_keeps_large_responses_in_the_table_on_a_server(database: Any) -> None:
    with open_database(database, BOX, pooled=False).connect() as connection:
        kept = connection.execute(
            text("SELECT attstorage FROM pg_attribute WHERE attrelid = 'ballots'::regclass AND attname = 'sealed'")
        )
        assert kept.scalar_one() in ("m", b"m")


def test_0002_of_the_ledger_adds_a_table_of_lost_measurements_that_only_grows(store_address: Address) -> None:
    make_old(bare(store_address), LEDGER)
    engine = open_database(store_address, LEDGER, pooled=False)
    with engine.begin() as connection:
        connection.execute(LOST.insert().values(round_id="one", day="2025-05-07"))
    for change in (LOST.delete(), LOST.update().values(day="2025-05-08")):
        with pytest.raises(DBAPIError, match="only ever added"), engine.begin() as connection:
            connection.execute(change)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(LOST.insert().values(round_id="a round that was never charged", day="2025-05-07"))
    with engine.connect() as connection:
        assert connection.execute(LOST.select()).all() == [("one", "2025-05-07")]


@of_every_store_on_both_engines
def test_a_database_of_a_newer_program_is_refused_and_stays_as_it_is(store_address: Address, schema: Schema) -> None:
    engine = open_database(store_address, schema, pooled=False)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema.version_table} SET version_num = '9999'"))  # noqa: S608
    with pytest.raises(SchemaUnknown, match="later version"):
        open_database(store_address, schema)
    with engine.connect() as connection:
        assert version(connection, schema) == "9999"


def test_no_two_parties_share_a_database_by_two_names_for_it(store_address: Address) -> None:
    open_database(store_address, BOX, pooled=False)
    with pytest.raises(SomebodyElses, match="one of its own"):
        open_database(store_address, REGISTER)


WORDS = {BOX.name: "box", REGISTER.name: "register", LEDGER.name: "ledger", WALLET.name: "wallet"}


@pytest.mark.parametrize("schema", STORES.values(), ids=lambda schema: schema.name)
def test_the_head_is_the_last_of_its_folder_and_every_step_has_a_test(schema: Schema) -> None:
    script = ScriptDirectory(str(schema.migrations), version_locations=[str(schema.migrations)])
    steps = [step.revision for step in script.walk_revisions()][::-1]
    assert script.get_heads() == [schema.head]
    assert steps == [f"{number:04}" for number in range(1, len(steps) + 1)]
    names = [name for name in globals() if name.startswith("test_")]
    for step in steps[1:]:  # the first ones are tried together, above
        assert any(name.startswith(f"test_{step}_of_the_{WORDS[schema.name]}_") for name in names), step
