"""Names that we send are read alike by all; names that a server sends stay in their folder."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bspsa_widgets.domain.filenames import archive_name, safe_name

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


HOSTILE = [
    *("..", ".", "", "/", "///", "../../etc/passwd", "/etc/passwd", "a/../../b", "..\\..\\x"),
    *("C:\\x", "C:x", "\\\\host\\share", "CON", "con.txt", "NUL", "com1.log", "LPT¹", "CON .txt"),
    *("CONIN$", "a\x00b", "a\nb", "x" * 300, "é" * 300, "\U0001f600" * 99 + ".txt", "dot.", "sp "),
    *("\ud800", ".bashrc", "...", " . ", "a:stream", "~", "~root", "-rf", "\u202egnp.exe", "a/b"),
]


def stays_inside(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert safe not in (".", "..")
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert not re.search(r'[\x00-\x1f/\\:*?"<>|]', safe)
    assert len(safe.encode()) <= 255
    target = Path("/target/folder")
    assert (target / safe).parent == target
    assert PurePosixPath(safe).parts == (safe,)
    assert PureWindowsPath(safe).parts == (safe,)
    assert not PureWindowsPath(safe).is_reserved()
    assert safe_name(safe) == safe


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_stay_inside(name: str) -> None:
    stays_inside(name)


@given(st.text(max_size=200) | _nasty | st.text(alphabet="é.\U0001f600ab", max_size=400))
def test_any_name_stays_inside(name: str) -> None:
    stays_inside(name)


@pytest.mark.parametrize("name", ["stdout", "out.tar.gz", "my file.txt", "jö.txt", "a+b@c=d.csv"])
def test_plain_names_are_kept(name: str) -> None:
    assert safe_name(name) == name


def test_a_long_name_keeps_its_suffix() -> None:
    assert safe_name("x" * 300 + ".csv").endswith("x.csv")
