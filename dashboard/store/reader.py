"""Read-only access to the store: each read sees one consistent moment, and never Spark."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dashboard.store.missing_tables import missing_tables, stood_in
from spark_app.store.engine import StoreError, parse_url, without_password
from spark_app.store.sqlite_reader import reader_engine

CONNECT_S = 3  # to a database server, if its URL does not say


class StoreUnavailable(RuntimeError):
    """The store cannot be read now; the message is one sentence for the person in front of the screen."""


class Store:
    """A store by its SQLAlchemy URL (SQLite, PostgreSQL, MySQL/MariaDB)."""

    def __init__(self, url: str) -> None:
        """Raises StoreUnavailable for what is no URL of a database that can be read here."""
        try:
            self.url = parse_url(url)
            self.name = without_password(self.url)
            self._sqlite = self.url.get_backend_name() == "sqlite"
            self._engine = _sqlite_engine(self.url) if self._sqlite else _server_engine(self.url)
        except StoreError as error:
            raise StoreUnavailable(str(error)) from error
        except (SQLAlchemyError, ImportError) as error:
            raise StoreUnavailable(f"le dépôt {without_password(url)} ne se lit pas : {error}") from error
        self._complete: tuple[int, ...] | None = None  # the file, or the server, that was seen to have every table
        self.missing: tuple[str, ...] = ()  # tables that it did not have at the last look

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose queries all see the same moment; tables that an older version did not make are empty.

        Raises StoreUnavailable.
        """
        place = self._place()
        try:
            with self._engine.connect() as connection, stood_in(connection, self._missing_now(connection, place)):
                yield connection
        except DBAPIError as error:
            raise StoreUnavailable(f"le dépôt {self.name} ne se lit pas : {error.orig}") from error

    def _place(self) -> tuple[int, ...]:
        """The file behind a SQLite store, which a rebuild swaps for another; nothing more to tell of a server."""
        if not self._sqlite or not self.url.database:
            return ()
        try:
            found = Path(self.url.database).stat()
        except PermissionError as error:
            raise StoreUnavailable(f"le dépôt {self.name} ne se lit pas : {error.strerror}") from error
        except OSError as error:
            raise StoreUnavailable(f"le dépôt {self.name} n'existe pas encore : la chaîne n'a rien écrit") from error
        return found.st_dev, found.st_ino

    def _missing_now(self, connection: Connection, place: tuple[int, ...]) -> tuple[Table, ...]:
        """Looked for until everything is there."""
        if self._complete == place:
            return ()
        missing = missing_tables(connection)
        self.missing = tuple(table.name for table in missing)
        self._complete = None if missing else place
        return missing


def _sqlite_engine(url: URL) -> Engine:
    """Opened anew for each look, so that a rebuilt store is seen as soon as it is swapped in."""
    engine = reader_engine(url)

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        dbapi_connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")  # sqlite3 would let every SELECT see another moment

    return engine


def _server_engine(url: URL) -> Engine:
    """A server that does not answer is one that is away: the page opens and says so."""
    limit = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_S}
    return create_engine(
        url, isolation_level="REPEATABLE READ", pool_pre_ping=True, pool_recycle=1800, connect_args=limit
    )
