"""A database of another version is refused in words, and left as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service import __main__ as program
from bspsa_widgets.service.storage.schema import VERSION, prepare
from bspsa_widgets.service.storage.store import Store


def _made(directory: Path, version: int) -> bytes:
    """A database of that version with a table of its own; returns what is in the file."""
    with closing(sqlite3.connect(directory / "service.db")) as database:
        database.execute("CREATE TABLE jobs (job_id TEXT, owner TEXT)")
        database.execute("INSERT INTO jobs VALUES ('A', 'local')")
        database.execute(f"PRAGMA user_version={version}")
        database.commit()
    return (directory / "service.db").read_bytes()


@pytest.mark.parametrize(
    ("version", "age"), [(1, "an earlier"), (2, "an earlier"), (VERSION + 1, "a later")]
)
def test_another_schema_version_is_an_error_with_advice(
    tmp_path: Path, version: int, age: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _made(tmp_path, version)
    kept = tmp_path / "jobs" / "A" / "stdout"
    kept.parent.mkdir(parents=True)
    kept.write_text("said")
    with pytest.raises(LocalServiceError, match=f"version {version}, made by {age} release") as it:
        Store(tmp_path)
    assert str(tmp_path / "service.db") in str(it.value)
    assert f"Move {tmp_path} away" in (it.value.advice or "")
    assert program.main(["--dir", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert f"made by {age} release" in told
    assert f"Move {tmp_path} away" in told
    assert (tmp_path / "service.db").read_bytes() == before
    assert kept.read_text() == "said"
    assert not list(tmp_path.glob("service.db-*"))


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


@pytest.mark.parametrize("first", ["CREATE INDEX", "PRAGMA user_version=", "COMMIT"])
def test_a_failed_first_start_leaves_no_partial_schema(tmp_path: Path, first: str) -> None:
    with closing(sqlite3.connect(tmp_path / "service.db", isolation_level=None)) as database:
        with pytest.raises(sqlite3.OperationalError, match="full"):
            prepare(_Full(database, first))  # type: ignore[arg-type]  # it hands on
        assert not database.in_transaction
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        assert database.execute("PRAGMA user_version").fetchone() == (0,)
    for _ in range(2):  # the second start finds nothing to do
        store = Store(tmp_path)
        assert list(store.jobs()) == []
        store.close()
