"""The tables of `service.db`."""

from __future__ import annotations

import sqlite3
from typing import Final

VERSION: Final = 3

_TABLES = (
    """CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    hpc TEXT NOT NULL,
    project TEXT NOT NULL,
    project_id INTEGER NOT NULL,
    title TEXT NOT NULL,
    init_date TEXT NOT NULL,
    end_date TEXT,
    runtime REAL NOT NULL,
    stage TEXT NOT NULL,
    terminal INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    started INTEGER NOT NULL DEFAULT 0,
    settings TEXT NOT NULL,
    archive TEXT,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    charged INTEGER NOT NULL
)""",
    "CREATE INDEX IF NOT EXISTS jobs_unfinished ON jobs (terminal) WHERE terminal = 0",
    """CREATE TABLE IF NOT EXISTS used (
    hpc TEXT NOT NULL,
    project TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (hpc, project)
)""",
)


def prepare(database: sqlite3.Connection, *, is_shared: bool = False) -> None:
    """Create the missing tables: all of them or none.

    Args:
        database: connection in autocommit mode. A file of another version stays unchanged.
        is_shared: whether other machines write to the file system as well. WAL does not work
            there: it needs memory that all processes with the file open share.

    Raises:
        sqlite3.Error: the file cannot be used, or is of another version.
    """
    _check_version(database)
    database.execute(f"PRAGMA journal_mode={'DELETE' if is_shared else 'WAL'}")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("BEGIN IMMEDIATE")
    try:
        for statement in _TABLES:
            database.execute(statement)
        database.execute(f"PRAGMA user_version={VERSION}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _check_version(database: sqlite3.Connection) -> None:
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, VERSION):  # 0: the file is new
        age = "a later" if version > VERSION else "an earlier"
        raise sqlite3.DatabaseError(
            f"it is of version {version}, made by {age} release; this one reads version {VERSION}"
        )
