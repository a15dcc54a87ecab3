"""A file that stays as it is is read once; one that changes is never taken for the old one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bspsa_widgets.records.file_cache import TICK_SECONDS, FileCache
from bspsa_widgets.records.store import Records
from tests.records.kept import a_record


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is so far on that no change is of just now."""
    now = time.time
    monkeypatch.setattr("time.time", lambda: now() + 2 * TICK_SECONDS)


class Reading:
    """Reads texts, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, place: Path) -> str:
        self.count += 1
        return place.read_text()


def test_a_file_that_stays_as_it_is_is_read_once(tmp_path: Path, later: None) -> None:
    (tmp_path / "a").write_text("1")
    known, reading = FileCache[str](), Reading()
    assert [known.read(tmp_path / "a", reading) for _ in range(3)] == ["1"] * 3
    assert reading.count == 1


def test_a_file_that_has_just_changed_is_read_again(tmp_path: Path) -> None:
    """Two changes in one tick of the file system's clock look like one."""
    (tmp_path / "a").write_text("1")
    known, reading = FileCache[str](), Reading()
    known.read(tmp_path / "a", reading)
    known.read(tmp_path / "a", reading)
    assert reading.count == 2


def test_a_file_that_is_replaced_by_one_of_the_same_date_and_size_is_read_again(
    tmp_path: Path, later: None
) -> None:
    place = tmp_path / "a"
    place.write_text("1")
    known, reading = FileCache[str](), Reading()
    known.read(place, reading)
    (tmp_path / "new").write_text("2")
    found = place.stat()
    os.utime(tmp_path / "new", ns=(found.st_atime_ns, found.st_mtime_ns))
    (tmp_path / "new").replace(place)
    assert known.read(place, reading) == "2"


def test_what_cannot_be_read_is_told_each_time(tmp_path: Path, later: None) -> None:
    known, reading = FileCache[str](), Reading()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            known.read(tmp_path / "a", reading)
    assert reading.count == 2


def test_what_is_gone_is_forgotten(tmp_path: Path, later: None) -> None:
    (tmp_path / "a").write_text("1")
    known, reading = FileCache[str](), Reading()
    known.read(tmp_path / "a", reading)
    known.retain(["b"])
    known.read(tmp_path / "a", reading)
    assert reading.count == 2


def test_all_who_read_a_folder_of_records_read_each_of_them_once(
    tmp_path: Path, later: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading()

    def read_whole(place: Path, most: int) -> bytes:
        return reading(place)[:most].encode()

    monkeypatch.setattr("bspsa_widgets.records.store.read_whole", read_whole)
    one, other = Records(tmp_path), Records(tmp_path)
    kept = [a_record("accepted") for _ in range(5)]
    for record in kept:
        one.save(record)
    for records in (one, other, one):
        assert len(records.load().records) == 5
    assert reading.count == 5
    one.save(kept[0].moved("over"))
    assert [record.state for record in other.load().records].count("over") == 1
    assert reading.count == 6
