"""The note of what was fetched: whole on the disk, shared, and never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bspsa_widgets.results.index import FILE_NAME, KeptFile, KeptFiles

FILE = KeptFile(
    job="J",
    key="1",
    name="a",
    size=1,
    sha256="0" * 64,
    is_verified=True,
    is_final=True,
    at="2026-01-01T00:00:00+00:00",
    modified=1,
)


def save(folder: Path, name: str, file: KeptFile = FILE) -> None:
    kept = KeptFiles(folder)
    kept.note(name, file)
    kept.save()


def test_what_was_noted_is_there_again(tmp_path: Path) -> None:
    save(tmp_path, "a")
    assert KeptFiles(tmp_path).get("a") == FILE
    assert list(KeptFiles(tmp_path).of("J")) == [("a", FILE)]
    assert list(KeptFiles(tmp_path).of("K")) == []
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_what_another_wrote_meanwhile_stays(tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path)
    kept.note("b", FILE)
    save(tmp_path, "a")
    kept.save()
    assert {name for name, _ in KeptFiles(tmp_path).of("J")} == {"a", "b"}
    assert kept.get("a") == FILE


def test_nothing_noted_writes_nothing(tmp_path: Path) -> None:
    KeptFiles(tmp_path).save()
    assert list(tmp_path.iterdir()) == []


def test_one_damaged_entry_does_not_hide_the_others(tmp_path: Path) -> None:
    save(tmp_path, "a")
    place = tmp_path / FILE_NAME
    place.write_text(place.read_text().replace('"files": {', '"files": {"x": {"job": 1}, '))
    assert KeptFiles(tmp_path).get("a") == FILE
    assert KeptFiles(tmp_path).get("x") is None


@pytest.mark.parametrize("obstacle", ["folder", "pipe", "gone"])
def test_a_note_that_cannot_be_written_is_no_failure(obstacle: str, tmp_path: Path) -> None:
    place = tmp_path / FILE_NAME
    folder = tmp_path
    if obstacle == "folder":
        place.mkdir()
    elif obstacle == "pipe":
        os.mkfifo(place)
    else:
        folder = tmp_path / "gone"
    save(folder, "a")
    assert [path.name for path in tmp_path.iterdir()] in ([FILE_NAME], [])


def test_colleagues_can_read_it_where_files_are_shared(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        save(tmp_path, "a")
    finally:
        os.umask(before)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o664
