"""Bringing a database to the newest revision of its schema, in the one transaction that found it older."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from storage.schema import Schema
from storage.transactions import writing

_NEWER: Final = (
    "This database was written by a later version of the program; use that version, or restore a backup of this one."
)


class SchemaUnknown(RuntimeError):
    """The database has a revision that this program does not know. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(_NEWER)


class SomebodyElses(RuntimeError):
    """The database holds other tables already. Nothing was changed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"This database holds tables that are not the {name}'s, which needs one of its own: nobody who can read "
            "one party's rows should see another's. Name another database in the config."
        )


def version_of(connection: Connection, schema: Schema) -> str | None:
    """The revision a database has, or None if it has none yet."""
    if not inspect(connection).has_table(schema.version_table):
        return None
    # The name comes from our own code, never from outside.
    return connection.execute(text(f"SELECT version_num FROM {schema.version_table}")).scalar()  # noqa: S608


def bring_up_to_date(engine: Engine, schema: Schema) -> None:
    """Run what is missing, all or nothing; of several processes that start at once, one does.

    Raises: SchemaUnknown if the database is newer than the program; SomebodyElses.
    """
    with engine.connect() as connection:
        if version_of(connection, schema) == schema.head:
            return
    with writing(engine) as connection:
        version = version_of(connection, schema)
        if version is None and set(inspect(connection).get_table_names()) - set(schema.metadata.tables):
            raise SomebodyElses(schema.name)
        if version != schema.head:
            migrate(connection, schema, schema.head)


def migrate(connection: Connection, schema: Schema, revision: str) -> None:
    """Bring an open transaction's database to this revision, from whichever it has. Raises: SchemaUnknown."""
    # Loaded only where there is something to do.
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    folder = str(schema.migrations)
    script = ScriptDirectory(folder, version_locations=[folder])
    try:
        with EnvironmentContext(
            Config(), script, fn=lambda current, _context: script._upgrade_revs(revision, current)
        ) as environment:
            environment.configure(
                connection=connection, target_metadata=schema.metadata, version_table=schema.version_table
            )
            environment.run_migrations()
    except CommandError:
        raise SchemaUnknown from None
