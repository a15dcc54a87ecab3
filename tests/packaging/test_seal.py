"""The seal: the hash of what has been written, wherever its writer is by now."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.seal import CHUNK, Seal


def test_it_is_the_hash_of_all_that_was_reached(tmp_path: Path) -> None:
    path = tmp_path / "o.zip"
    content = bytes(range(256)) * (3 * CHUNK // 256) + b"end"
    path.write_bytes(content)
    with Seal(path, lambda: False) as seal:
        for size in (0, 10, 10, CHUNK + 1, len(content)):
            seal.reaches(size)
        assert seal.done() == (len(content), hashlib.sha256(content).hexdigest())


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "o.zip"
    path.write_bytes(bytes(2 * CHUNK))
    with Seal(path, lambda: True) as seal:
        seal.reaches(2 * CHUNK)
        with pytest.raises(Stopped):
            seal.done()


def test_a_file_that_was_cut_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "o.zip"
    path.write_bytes(b"short")
    with Seal(path, lambda: False) as seal:
        seal.reaches(100)
        with pytest.raises(OSError, match="shorter"):
            seal.done()
