"""Database errors by cause: one value that can never be stored, or a database in trouble.

Drivers use one class of errors for both: a server that is gone, and a value that is greater than a packet or a page.
Codes tell the known troubles apart. A connection that broke is in neither list: it breaks in a restart, and where
MySQL is sent more than `max_allowed_packet`.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

SQLITE_VALUE = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG}
POSTGRESQL_VALUE = ("22", "54")  # classes of SQLSTATE: data exception, program limit exceeded
MYSQL_TROUBLE = {
    3,
    28,
    1020,
    1021,
    1030,
    1037,
    1038,
    1040,
    1041,
    1044,
    1045,
    1053,
    1077,
    1079,
    1114,
    1129,
    1142,
    1180,
    1203,
    1205,
    1206,
    1213,
    1226,
    1290,
    1317,
    1792,
    1836,
    1969,
    3024,
    2002,
    2003,
    2005,
    2014,
}  # fmt: skip - disk, memory, connections, rights, shutdown, locks, read only, killed


def may_be_of_a_value(error: BaseException) -> bool:
    """Whether the cause of `error` may be a value that the database can never take."""
    cause = error.__cause__  # of the driver, or SQLAlchemy's around it
    refused = cause.orig if isinstance(cause, DBAPIError) else cause
    if isinstance(refused, sqlite3.Error):
        return getattr(refused, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF in SQLITE_VALUE
    if state := getattr(refused, "sqlstate", None):
        return str(state).startswith(POSTGRESQL_VALUE)
    code = refused.args[0] if refused is not None and refused.args else None
    return isinstance(code, int) and code not in MYSQL_TROUBLE
