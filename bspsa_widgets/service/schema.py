"""The tables of `service.db`, and how those of earlier releases become them."""

from __future__ import annotations

import sqlite3
from typing import Final

VERSION: Final = 2

_TABLES = (
    """CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
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
    "CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner, hpc, project)",
    "CREATE INDEX IF NOT EXISTS jobs_unfinished ON jobs (terminal) WHERE terminal = 0",
    """CREATE TABLE IF NOT EXISTS used (
    owner TEXT NOT NULL,
    hpc TEXT NOT NULL,
    project TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (owner, hpc, project)
)""",
)
# Version 1 knew one quota for all, 5000 h, and kept what was left of it.
USED_IN_1: Final = "SELECT owner, hpc, project, 18000000 - seconds FROM quotas"
_FROM_1 = (f"INSERT INTO used {USED_IN_1}", "DROP TABLE quotas")


def prepare(database: sqlite3.Connection, *, is_shared: bool = False) -> None:
    """Make what is missing, all or nothing. Raises sqlite3.Error.

    Args:
        database: in autocommit mode.
        is_shared: on a file system that other machines write to, too. WAL does not work there:
            it needs memory that all who open the file share.
    """
    database.execute(f"PRAGMA journal_mode={'DELETE' if is_shared else 'WAL'}")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("BEGIN IMMEDIATE")
    try:
        check_version(database)
        for statement in _TABLES:
            database.execute(statement)
        if _has_quotas(database):
            for statement in _FROM_1:
                database.execute(statement)
        database.execute(f"PRAGMA user_version={VERSION}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def check_version(database: sqlite3.Connection) -> int:
    """The version that the file is of. Raises sqlite3.DatabaseError for a later release's."""
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise sqlite3.DatabaseError(f"it is of version {version}, made by a later release")
    return version


def _has_quotas(database: sqlite3.Connection) -> bool:
    # Not by the version: a release that was killed at its first start had not yet written it.
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'quotas'"
    return database.execute(query).fetchone() is not None
