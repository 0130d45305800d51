"""Why a PostgreSQL server cannot be used, told from its driver's error without a word of an address."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

_SILENT: Final = "Nothing answers there; check that the server runs, and the host and port in the address"
_BROKE_OFF: Final = "The connection to the server broke off"
_FULL: Final = "It takes no more connections now"
_NO_FOLDER: Final = "Nothing answers there: the folder that `host` names, where its socket should be, does not exist"
_MISSPELT: Final = "An option in the address, or what it is set to, is none that PostgreSQL knows"
_NOTHING_TO_SHOW: Final = "The server asks for a password, and no file that `passfile` names has one for this user"
_REFUSED: Final = "The server refuses this user or password"
_NO_DATABASE: Final = "The server has no such database"
_NOT_LET_IN: Final = "The server answers, but refuses this user or password, or has no such database"
_CERTIFICATE: Final = "The server cannot show over TLS that it is the one meant, or a certificate's file is not there"
_NO_RIGHTS: Final = "The server does not let this user make or use tables there; this user must own the database"
_BROKEN: Final = "It does not do what it is asked to; the server's own log says why"

# What the driver itself says is always English; a server may speak another language, and falls to what is said last.
_WORDS: Final = (
    ("Connection refused", _SILENT, True),
    ("starting up", _SILENT, True),
    ("shutting down", _SILENT, True),
    ("closed the connection", _BROKE_OFF, True),
    ("Connection reset", _BROKE_OFF, True),
    ("Broken pipe", _BROKE_OFF, True),
    ("timeout expired", _SILENT, True),
    ("too many", _FULL, True),
    ("connection slots", _FULL, True),
    ("certificate", _CERTIFICATE, False),
    ("does not support SSL", _CERTIFICATE, False),
    ("no password supplied", _NOTHING_TO_SHOW, False),
    ('" does not exist', _REFUSED, False),
    ("authentication failed", _REFUSED, False),
    ("pg_hba.conf", _REFUSED, False),
    ("permission denied for database", _REFUSED, False),
)
# The name is in quotes, and what follows it in a line of its own: a database that was just dropped has one more line.
_DROPPED: Final = re.compile(r'database ".*" does not exist$|invalid database "', re.MULTILINE)
# Connections that break, what is used up, a server that stops or starts, locks that somebody holds for long.
_PASSING_STATES: Final = ("08", "53", "57P", "55P03", "40")
# No right to a table, or to the schema that it would be in.
_FORBIDDEN: Final = ("42501", "3F000")


class DatabaseUnavailable(RuntimeError):
    """The database server cannot be reached, or does not let us in; says what to do, and nothing of its address.

    passing: it may be mended by waiting, and not only by somebody who changes a setting.
    """

    def __init__(self, name: str, why: str = _SILENT, passing: bool = True) -> None:
        super().__init__(f"The database of the {name} cannot be used. {why}; see `database` in the config.")
        self.passing = passing


def explained(error: DBAPIError, address: URL, name: str) -> DatabaseUnavailable:
    """What to tell of an error of the driver."""
    return DatabaseUnavailable(name, *_reason(error, address))


def check_passfile(address: URL, name: str) -> None:
    """Raises: DatabaseUnavailable if the file of the password cannot be read, or others can; libpq would only warn."""
    path = address.query.get("passfile")
    if not isinstance(path, str):
        return
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        raise DatabaseUnavailable(name, f"There is no file {path}, which `passfile` names", False) from None
    if not stat.S_ISREG(mode) or not os.access(path, os.R_OK):
        raise DatabaseUnavailable(name, f"The file {path}, which `passfile` names, cannot be read", False)
    if mode & 0o077:
        others = f"Others than its owner can open {path}, which holds its password: `chmod 600 {path}`"
        raise DatabaseUnavailable(name, others, False)


def could_not_connect(error: BaseException) -> bool:
    """Whether an error says that no connection to a database server could be made (a file has no such errors)."""
    if not isinstance(error, DBAPIError) or error.statement is not None:
        return False
    return type(error.orig).__module__.startswith("psycopg") and getattr(error.orig, "sqlstate", None) is None


def _reason(error: DBAPIError, address: URL) -> tuple[str, bool]:
    """The sentence, without its end, and whether waiting may mend it."""
    state, text = getattr(error.orig, "sqlstate", None), str(error.orig)
    if state is not None:
        if state.startswith(_PASSING_STATES):
            return _SILENT, True
        return (_NO_RIGHTS if state in _FORBIDDEN else _BROKEN), False
    if _DROPPED.search(text):
        return _NO_DATABASE, False
    if "No such file" in text:
        return (_SILENT if _socket_folder_is_there(address) else _NO_FOLDER), True
    return next(((why, passing) for words, why, passing in _WORDS if words in text), None) or _asked(address)


def _socket_folder_is_there(address: URL) -> bool:
    host = address.query.get("host")
    return not (isinstance(host, str) and host.startswith("/")) or Path(host).is_dir()


def _asked(address: URL) -> tuple[str, bool]:
    """Whether anything answers there at all: a server tells that to whoever asks, in no language."""
    from psycopg import pq  # noqa: PLC0415  (a society with files loads no driver)
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    named = {"host": address.host, "port": address.port, "user": address.username, "dbname": address.database}
    options: dict[str, Any] = {**named, **address.query, "connect_timeout": 10}
    try:
        answer = pq.PGconn.ping(make_conninfo(**options).encode())
    except Exception:  # an option that the library does not know
        return _MISSPELT, False
    if answer == pq.Ping.OK:
        return _NOT_LET_IN, False
    return (_MISSPELT, False) if answer == pq.Ping.NO_ATTEMPT else (_SILENT, True)
