"""Databases of earlier releases become those of this one, or stay as they were."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.catalogue import find_project
from bspsa_widgets.service.executors import Phase, Progress
from bspsa_widgets.service.schema import VERSION, prepare
from bspsa_widgets.service.store import Store
from bspsa_widgets.service.usage import read_usage

DAINT = find_project("pizdaint", None)
NSG = find_project("nsg", None)
assert DAINT is not None
assert NSG is not None

# As release 0.1.0 wrote them.
VERSION_1 = """
CREATE TABLE jobs (
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
);
CREATE INDEX jobs_by_owner ON jobs (owner, hpc, project);
CREATE INDEX jobs_unfinished ON jobs (terminal) WHERE terminal = 0;
CREATE TABLE quotas (
    owner TEXT NOT NULL,
    hpc TEXT NOT NULL,
    project TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (owner, hpc, project)
);
INSERT INTO jobs (job_id, owner, hpc, project, project_id, title, init_date, runtime, stage,
                  settings, archive, size, sha256, charged)
VALUES ('A', 'local', 'pizdaint', 'bsp_pizdaint_01', 2, 't', '2026-01-02T03:04:05Z', 2.0,
        'QUEUED', '{"runtime": 2.0, "command": "true"}', 'a.zip', 1, '0', 7200);
INSERT INTO quotas VALUES ('local', 'pizdaint', 'bsp_pizdaint_01', 17992700);
PRAGMA user_version=1;
"""


def _old(directory: Path, *more: str) -> None:
    with closing(sqlite3.connect(directory / "service.db")) as database:
        database.executescript(VERSION_1)
        for statement in more:
            database.execute(statement)
        database.commit()


def _tables(directory: Path) -> tuple[int, set[str]]:
    with closing(sqlite3.connect(directory / "service.db")) as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return version, {name for (name,) in rows if not name.startswith("sqlite_")}


def test_what_was_left_in_version_1_becomes_what_is_used(tmp_path: Path) -> None:
    _old(tmp_path)
    for _ in range(2):  # the second start finds nothing to do
        store = Store(tmp_path)
        assert store.seconds_used("local", DAINT) == 7300
        assert store.seconds_used("local", NSG) == 0
        assert [job.job_id for job in store.jobs("local", None, None)] == ["A"]
        store.close()
        assert _tables(tmp_path) == (VERSION, {"jobs", "used"})
    store = Store(tmp_path)
    store.record("A", Progress(Phase.SUCCEEDED, 200))  # charged by the old release
    assert store.seconds_used("local", DAINT) == 300
    store.close()


def test_a_release_killed_before_it_noted_its_version_is_no_obstacle(tmp_path: Path) -> None:
    _old(tmp_path, "PRAGMA user_version=0")
    store = Store(tmp_path)
    assert store.seconds_used("local", DAINT) == 7300
    store.close()


class _Full:
    """A database on a disk that is full from one statement on."""

    def __init__(self, real: sqlite3.Connection, first: str) -> None:
        self.real, self.first = real, first

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def execute(self, text: str) -> Any:
        if text.startswith(self.first):
            raise sqlite3.OperationalError("database or disk is full")
        return self.real.execute(text)


@pytest.mark.parametrize("first", ["INSERT", "DROP", "PRAGMA user_version=", "COMMIT"])
def test_a_migration_that_fails_half_way_leaves_all_as_it_was(tmp_path: Path, first: str) -> None:
    _old(tmp_path)
    before = _tables(tmp_path)
    path = tmp_path / "service.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        with pytest.raises(sqlite3.OperationalError, match="full"):
            prepare(_Full(database, first))  # type: ignore[arg-type]  # it hands on
        assert not database.in_transaction
    assert _tables(tmp_path) == before == (1, {"jobs", "quotas"})
    Store(tmp_path).close()
    assert _tables(tmp_path) == (VERSION, {"jobs", "used"})
    assert read_usage(tmp_path).seconds("local", DAINT) == 7300


def test_usage_is_read_from_either_version_and_changes_neither(tmp_path: Path) -> None:
    assert read_usage(tmp_path) == ({}, {})
    assert not list(tmp_path.iterdir())
    _old(tmp_path)
    old = read_usage(tmp_path)
    assert _tables(tmp_path)[0] == 1
    Store(tmp_path).close()
    assert read_usage(tmp_path) == old
    assert old.seconds("local", DAINT) == 7300
    assert old.seconds("ada", DAINT) == 0
    assert old.jobs == {"local": 1}
    with closing(sqlite3.connect(tmp_path / "service.db")) as database:
        database.execute("PRAGMA user_version=9")
    with pytest.raises(LocalServiceError, match="later release"):
        read_usage(tmp_path)
