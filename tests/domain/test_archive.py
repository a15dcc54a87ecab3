"""What a zip is called, and how its file is known again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bspsa_widgets.domain.archive import archive_name, stamp_of

_nasty = st.text(alphabet='./\\:~ \x00\nCONnul1$*?"<>|é\u202e\ud800%a-', max_size=40)


@given(st.text(max_size=300) | _nasty)
@example("")
@example("..")
@example(".zip")
@example("名前")
def test_the_archives_name_is_the_same_to_every_parser(folder: str) -> None:
    name = archive_name(folder)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,98}\.zip|[A-Za-z0-9_]\.zip", name)
    assert len(name) <= 64


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("ca1-fit", "ca1-fit.zip"),
        ("my folder", "my_folder.zip"),
        ('a"; filename=x', "a_filename_x.zip"),
        ("Müller", "Muller.zip"),
        (".hidden", "hidden.zip"),
        ("日本", "job.zip"),
        ("x.zip", "x.zip.zip"),
    ],
)
def test_archive_names_stay_readable(folder: str, name: str) -> None:
    assert archive_name(folder) == name


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"other"),
        lambda path: path.write_bytes(b"longer than it was"),
        lambda path: os.utime(path, ns=(0, 0)),
        lambda path: os.replace(path.with_suffix(".copy"), path),
    ],
    ids=["as long", "longer", "another date", "another file"],
)
def test_a_file_that_is_not_the_same_any_more_has_another_stamp(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    for place in (path, path.with_suffix(".copy")):
        place.write_bytes(b"bytes")
        os.utime(place, ns=(10**18, 10**18))
    before = stamp_of(path.stat())
    assert stamp_of(path.stat()) == before
    change(path)
    assert stamp_of(path.stat()) != before
