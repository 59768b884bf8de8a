"""The serving store: one SQL database through SQLAlchemy; SQLite, PostgreSQL, MySQL or MariaDB by URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import (
    Connection,
    Engine,
    Insert,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError

from deploy.configuration.private_folder import make_private
from deploy.configuration.redaction import redacted
from spark_app.store.sqlite_reader import reader_engine
from spark_app.store.tables import book, ledger, meta, metadata

SCHEMA_VERSION = "1"
REBUILDING = "rebuilding"  # row of table meta, from the moment a rebuild empties a store until it is whole again
IN_LIST_MAX = 500  # values in one IN (…): SQLite's own limit is 32,766, plans get slow long before
BUSY_TIMEOUT_MS = 30_000  # the status mirror and the batch writer take turns


class StoreError(RuntimeError):
    """The store cannot be used as it is; the message says why and what to do."""


class StoreUnavailable(StoreError):
    """The database refused: full, read-only, locked, away… It may be another time."""


def sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{path}"


def open_store(url: str) -> Engine:
    """An engine on the store at `url`, its tables made where it is new. Raises StoreError."""
    engine = connect(url)
    try:
        metadata.create_all(engine)
        with engine.begin() as connection:
            found = get_meta(connection, "schema")
            if found is None:
                put_meta(connection, schema=SCHEMA_VERSION)
    except SQLAlchemyError as error:
        raise StoreError(f"cannot open the store {without_password(url)}: {_first_line(error)}") from error
    if found not in (None, SCHEMA_VERSION):
        raise StoreError(
            f"the store {without_password(url)} has schema {found}, this version writes {SCHEMA_VERSION}: rebuild it"
        )
    return engine


def connect(url: str) -> Engine:
    """An engine on `url`, SQLite tuned for one writer and many readers. Raises StoreError."""
    try:
        engine = create_engine(parse_url(url), pool_pre_ping=True)
    except (SQLAlchemyError, ImportError) as error:
        raise StoreError(f"cannot use the store {without_password(url)}: {_first_line(error)}") from error
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    _tell_errors(engine)
    return engine


def connect_to_read(url: str) -> Engine:
    """An engine for looks at the store at `url`, which may lie where nothing can be written. Raises StoreError."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return connect(url)
    engine = reader_engine(parsed)
    _tell_errors(engine)
    return engine


def _tell_errors(engine: Engine) -> None:
    """What the database refuses becomes one sentence, whoever asked."""

    @event.listens_for(engine, "handle_error")
    def tell(context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        if isinstance(error, IntegrityError):
            raise StoreError(
                f"the store {without_password(engine.url)} holds this already: {_first_line(error)}"
            ) from error
        if isinstance(error, DataError):  # a value that does not fit its column: waiting would not help
            raise StoreError(
                f"the store {without_password(engine.url)} refuses a value: {_first_line(error)}"
            ) from error
        # not a ProgrammingError: on MySQL that is how SQLAlchemy finds out that a table is not there
        if isinstance(error, DBAPIError) and not isinstance(error, ProgrammingError) and not context.is_pre_ping:
            raise StoreUnavailable(
                f"the store {without_password(engine.url)} cannot be used: {_first_line(error)}; "
                "check its space, its permissions and that it runs, then start again"
            ) from error


def _prepare_sqlite(engine: Engine) -> None:
    if engine.url.database and not engine.url.database.startswith("file:"):  # else a URI, which names what is there
        try:
            make_private(Path(engine.url.database).parent)
        except OSError as error:
            raise StoreUnavailable(
                f"the store {without_password(engine.url)} cannot be made: {error.strerror}"
            ) from error

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=wal", "synchronous=normal", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            connection.execute(f"pragma {pragma}")


def parse_url(url: str | URL) -> URL:
    """The parts of `url`. Raises StoreError, also where its password was taken for a piece of the host."""
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):  # whose messages quote it; ValueError: of a port
        parsed = None
    if parsed is None or ("@" in f"{parsed.host}{parsed.database}" and parsed.get_backend_name() != "sqlite"):
        raise StoreError(
            f"the URL of the store {redacted(str(url))} cannot be read: expected "
            "dialect://user:password@host:port/name, "
            "with @ : / and % of a password written as %40 %3A %2F and %25"
        ) from None
    return parsed


def _for_people(url: URL) -> str:
    """`url` without escapes, without its password and one among its parameters."""
    secret = {name: "***" for name in url.query if redacted(f"{name}=x") != f"{name}=x"}
    return unquote(url.update_query_dict(secret).render_as_string(hide_password=True))


def without_password(url: str | URL) -> str:
    """`url` without its password, for messages."""
    try:
        return _for_people(parse_url(url))
    except StoreError:
        return redacted(str(url))


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def exists(url: str) -> bool:
    """Whether the store at `url` has our tables."""
    engine = connect_to_read(url)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return False
    try:
        return inspect(engine).has_table(meta.name)
    except SQLAlchemyError as error:
        raise StoreError(f"cannot open the store {without_password(url)}: {_first_line(error)}") from error


def is_rebuilding(connection: Connection) -> bool:
    """Whether a rebuild has emptied the store and did not finish yet."""
    return get_meta(connection, REBUILDING) is not None


def check_whole(engine: Engine) -> None:
    """Raises StoreError for a store that a rebuild has emptied and not yet filled."""
    with engine.connect() as connection:
        if is_rebuilding(connection):
            raise StoreError(
                f"the store {without_password(engine.url)} is being rebuilt, or its rebuild was stopped: run `./pulse "
                "rebuild` to its end"
            )


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, or overwrite the rows with their keys. All rows have the same columns."""
    _write_many(connection, table, rows, overwrite=True)


def append(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`; a row that is there already is an error. All rows have the same columns."""
    _write_many(connection, table, rows, overwrite=False)


def _write_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], overwrite: bool) -> None:
    if not rows:
        return
    if connection.dialect.name == "sqlite":  # takes our values as they are: binding them one by one cost 8 us a row
        connection.exec_driver_sql(_sqlite_sql(table, tuple(rows[0]), overwrite), list(rows))
    else:
        connection.execute(_statement(table, connection.dialect.name, overwrite), rows)


@cache
def _sqlite_sql(table: Table, columns: tuple[str, ...], overwrite: bool) -> str:
    statement = _statement(table, "sqlite", overwrite)
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named"), column_keys=columns))


def _statement(table: Table, dialect: str, overwrite: bool) -> Insert:
    if not overwrite:
        return insert(table)
    rest = [column.name for column in table.columns if not column.primary_key]
    if dialect in ("mysql", "mariadb"):
        on_mysql = mysql_insert(table)
        return on_mysql.on_duplicate_key_update({name: on_mysql.inserted[name] for name in rest})
    statement = (postgresql_insert if dialect == "postgresql" else sqlite.insert)(table)
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=keys, set_={name: statement.excluded[name] for name in rest})


def get_meta(connection: Connection, name: str) -> str | None:
    """The fact `name` about the store."""
    return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()


def put_meta(connection: Connection, **facts: str) -> None:
    """Write facts about the store."""
    upsert(connection, meta, [{"name": name, "value": value} for name, value in facts.items()])


def raise_book(connection: Connection, counts: Mapping[str, int]) -> None:
    """Add `counts` to the counters of the store."""
    for name, count in counts.items():
        if count:
            change = update(book).where(book.c.name == name).values(value=book.c.value + count)
            if connection.execute(change).rowcount == 0:
                append(connection, book, [{"name": name, "value": count}])


def read_book(connection: Connection) -> dict[str, int]:
    """All counters of the store."""
    return {name: int(value) for name, value in connection.execute(select(book.c.name, book.c.value))}


def next_entry(connection: Connection) -> int | None:
    """The entry behind the last one that is in the store; None for an empty store."""
    return connection.execute(select(func.max(ledger.c.to_entry))).scalar()


def in_chunks(values: Iterable[Any], size: int = IN_LIST_MAX) -> Iterable[list[Any]]:
    """Lists of at most `size` values: databases bound the number of parameters."""
    values = list(values)
    return (values[i : i + size] for i in range(0, len(values), size))
