"""How large the archive will be is known within a fifth, before anything is packed."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging import estimate as module
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.estimate import MAX_READ, estimate
from bspsa_widgets.packaging.selection import Selection, select

MIB = 1 << 20


def text(size: int, seed: int = 1) -> bytes:
    source = random.Random(seed)
    words = [source.randbytes(source.randint(1, 5)).hex() for _ in range(500)]
    return " ".join(source.choices(words, k=size // 3)).encode()[:size]


def chance(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def floats(size: int) -> bytes:
    source = random.Random(3)
    return b"".join(struct.pack("<f", round(source.gauss(0, 1), 2)) for _ in range(size // 4))


def one_text(root: Path) -> None:
    (root / "a.txt").write_bytes(text(12 * MIB))


def one_random(root: Path) -> None:
    (root / "a.bin").write_bytes(chance(12 * MIB))


def one_of_floats(root: Path) -> None:
    (root / "a.f32").write_bytes(floats(2 * MIB) * 5)


def zeros(root: Path) -> None:
    (root / "a.bin").write_bytes(bytes(12 * MIB))


def random_and_many_small(root: Path) -> None:
    (root / "a.bin").write_bytes(chance(6 * MIB))
    for number in range(1500):
        (root / f"b{number}.txt").write_bytes(text(2_000 + number, number))


def alternating(root: Path) -> None:
    for number in range(1200):
        size = 3_000 if number % 2 else 9_000
        content = chance(size, number) if number % 2 else text(size, number)
        (root / f"{number:05}").write_bytes(content)


def first_half_random(root: Path) -> None:
    (root / "a").write_bytes(chance(6 * MIB) + text(6 * MIB))


def small(root: Path) -> None:
    for number in range(30):
        (root / f"{number}.py").write_bytes(text(4_000, number))


def empty_files(root: Path) -> None:
    (root / "empty folder").mkdir()
    for number in range(50):
        (root / f"{number}.flag").touch()


def one_byte(root: Path) -> None:
    (root / "a").write_bytes(b"x")


CORPORA = [
    *(one_text, one_random, one_of_floats, zeros, random_and_many_small, alternating),
    *(first_half_random, small, empty_files, one_byte),
]


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.__name__)
def test_it_is_within_a_fifth_of_the_real_archive(
    corpus: Callable[[Path], None], tmp_path: Path
) -> None:
    root = tmp_path / "folder"
    root.mkdir()
    corpus(root)
    selection = select(root)
    archive = pack(selection, tmp_path / "a.zip").archive
    assert estimate(selection) == pytest.approx(archive.size, rel=0.2, abs=4096)
    assert estimate(selection) == estimate(selection)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 200_000), st.booleans()), min_size=1, max_size=12))
def test_any_small_folder_is_within_a_fifth(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[int, bool]]
) -> None:
    root = tmp_path_factory.mktemp("folder")
    for number, (size, is_text) in enumerate(files):
        (root / str(number)).write_bytes(text(size, number) if is_text else chance(size, number))
    selection = select(root)
    archive = pack(selection, root.with_suffix(".zip")).archive
    assert estimate(selection) == pytest.approx(archive.size, rel=0.2, abs=4096)


def test_little_of_a_large_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(10 << 30)
    read: list[int] = []
    deflated = module.deflated
    monkeypatch.setattr(
        module, "deflated", lambda data: (read.append(len(data)), deflated(data))[1]
    )
    estimate(select(tmp_path))
    assert 0 < sum(read) <= MAX_READ


def test_missing_and_replaced_files_are_no_errors(tmp_path: Path) -> None:
    for name in ("a", "fifo", "folder", "gone", "link"):
        (tmp_path / name).write_bytes(text(1_000))
    selection = select(tmp_path)
    for name in ("fifo", "folder", "gone", "link"):
        (tmp_path / name).unlink()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert 0 < estimate(selection) < 6_000


def test_it_can_be_stopped(folder: Path) -> None:
    with pytest.raises(Stopped):
        estimate(select(folder), stopped=lambda: True)


def test_a_folder_that_was_emptied_still_has_an_estimate(tmp_path: Path) -> None:
    selection = Selection(tmp_path, (Member("gone", 1_000),), ())
    assert estimate(selection) > 1_000
