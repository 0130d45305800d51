"""Where a database lies: a SQLite file, or a PostgreSQL server by its address.

An address stands in a config that several parties may share, so that it holds no password; and what goes over a
network to a database is as confidential as what lies in it.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from sqlalchemy import URL

Address: TypeAlias = "Path | URL"
_DRIVER: Final = "postgresql+psycopg"
# All others are refused: some lead elsewhere (`hostaddr`, `service`, `dbname`), some undo what is asked of the server.
_WORDS: Final = ("host", "port", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey")


class AddressError(ValueError):
    """An address that cannot be used; says what to write."""


def read_address(text: str) -> URL:
    """The PostgreSQL address in a config, such as `postgresql:///intake?host=/run/postgresql`.

    Raises: AddressError, without repeating the address: it may hold a password.
    """
    # Here, because every command reads the config, and a society with files waits for SQLAlchemy only to open one.
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise AddressError("must be an address such as postgresql:///intake?host=/run/postgresql") from None
    if url.drivername not in ("postgresql", _DRIVER):
        raise AddressError("must begin with postgresql:// (leave it out for a SQLite file)")
    if url.password is not None or "password" in url.query:
        raise AddressError("must not hold the password; put it into a file of libpq and name that with ?passfile=")
    if not url.database:
        raise AddressError("must name the database after the last /")
    if not all(name in _WORDS and isinstance(value, str) for name, value in url.query.items()):
        raise AddressError(f"must have nothing after the ? but {', '.join(_WORDS)}, each once")
    _check_host(url)
    return url.set(drivername=_DRIVER)


def place_of(url: URL) -> tuple[str, str, str]:
    """What tells two databases apart: host, port and name."""
    return _host(url), str(url.query.get("port") or url.port or 5432), url.database or ""


def _check_host(url: URL) -> None:
    host = _host(url)
    if not host or "," in host:
        raise AddressError("must name one host, for example ?host=/run/postgresql for a server on this machine")
    if not _is_here(host) and url.query.get("sslmode") != "verify-full":
        raise AddressError("must have ?sslmode=verify-full, because the database is on another machine")


def _host(url: URL) -> str:
    named = url.query.get("host")
    return named if isinstance(named, str) else url.host or "" if named is None else ",".join(named)


def _is_here(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
