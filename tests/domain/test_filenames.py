"""Names that we send are read alike by all; names that a server sends stay in their folder."""

from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.filenames import MOST_BYTES, safe_name
from tests.windows_names import is_reserved

_nasty = st.text(alphabet='./\\:~ \x00\nCONnul1$*?"<>|é\u202e\ud800%a-', max_size=40)


HOSTILE = [
    *("..", ".", "", "/", "///", "../../etc/passwd", "/etc/passwd", "a/../../b", "..\\..\\x"),
    *("C:\\x", "C:x", "\\\\host\\share", "CON", "con.txt", "NUL", "com1.log", "LPT¹", "CON .txt"),
    *("CONIN$", "a\x00b", "a\nb", "x" * 300, "é" * 300, "\U0001f600" * 99 + ".txt", "dot.", "sp "),
    *(
        "con." + "x" * 300,
        "con" + " " * 110 + "abc.txt",
        "nul" + " " * 200 + "x",
        "a\u200bb",
        "a\u200fb",
    ),
    *(
        "\u061cx",
        "x\u00ad",
        "a\ufeff",
        "a\U000e0041",
        "NUL\u200e.txt",
        "aux\u2069",
        "x" * 5_000 + ".csv",
    ),
    *("\ud800", ".bashrc", "...", " . ", "a:stream", "~", "~root", "-rf", "\u202egnp.exe", "a/b"),
]


def stays_inside(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert safe not in (".", "..")
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert not re.search(r'[\x00-\x1f/\\:*?"<>|]', safe)
    assert not re.search("[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]", safe)
    assert unicodedata.is_normalized("NFC", safe)
    assert len(safe.encode()) <= MOST_BYTES
    target = Path("/target/folder")
    assert (target / safe).parent == target
    assert PurePosixPath(safe).parts == (safe,)
    assert PureWindowsPath(safe).parts == (safe,)
    assert not is_reserved(safe)
    assert safe_name(safe) == safe


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_stay_inside(name: str) -> None:
    stays_inside(name)


_DEVICE = st.sampled_from(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "com0", "com9", "lpt1", "com¹", "lpt³"]
)
_AFTER = st.text(alphabet=" .x\u200e\ud800\u0301:\x00", max_size=200)


@given(st.tuples(st.sampled_from(["", " ", ".", "\u202e"]), _DEVICE, _AFTER).map("".join))
def test_no_windows_device_is_named_however_it_is_dressed(name: str) -> None:
    stays_inside(name)
    stays_inside(name.upper())


@given(st.text(max_size=200) | _nasty | st.text(alphabet="é.\U0001f600ab", max_size=400))
def test_any_name_stays_inside(name: str) -> None:
    stays_inside(name)


PLAIN = ["stdout", "out.tar.gz", "my file.txt", "jö.txt", "a+b@c=d.csv", "console.log", "auxin.csv"]


@pytest.mark.parametrize("name", [*PLAIN, "می\u200cخواهم.txt", "\U0001f469\u200d\U0001f52c.png"])
def test_plain_names_are_kept(name: str) -> None:
    assert safe_name(name) == name


def test_a_long_name_keeps_its_suffix() -> None:
    assert safe_name("x" * 300 + ".csv").endswith("x.csv")


@pytest.mark.parametrize("name", ["x" * 8_000_000, "\u0301" * 2_000_000, "é." * 1_000_000])
def test_a_name_of_megabytes_is_cut_at_once(name: str) -> None:
    began = time.process_time()
    assert len(safe_name(name).encode()) <= MOST_BYTES
    assert time.process_time() - began < 0.5


def test_of_a_huge_name_the_end_is_kept_too() -> None:
    safe = safe_name("a" * 50_000 + "spikes.csv")
    assert safe.startswith("aaa")
    assert safe.endswith(".csv")


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\u202e", "\u2066", "\x7f"])
def test_no_sign_that_is_not_seen_stays_in_a_name(sign: str) -> None:
    assert safe_name(f"a{sign}b.csv") == "a_b.csv"


@pytest.mark.parametrize("name", [" a.csv", "   a.csv", " . a.csv", ". .a.csv"])
def test_a_name_begins_with_no_space_or_dot(name: str) -> None:
    assert safe_name(name) == "a.csv"
