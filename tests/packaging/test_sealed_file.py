"""The seal: bytes and hash of what is in the file, also after a step back."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bspsa_widgets.packaging.sealed_file import SealedFile


def seal_of(path: Path) -> tuple[int, str]:
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()


def test_it_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "o.zip"
    with path.open("wb") as file:
        sealed = SealedFile(file)
        for piece in (b"", b"one", bytearray(b"two"), bytes(300_000)):
            sealed.write(piece)
            assert sealed.sealed() == seal_of(path)


def test_what_is_taken_back_is_neither_in_the_file_nor_in_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "o.zip"
    with path.open("wb") as file:
        sealed = SealedFile(file)
        sealed.write(b"kept")
        for _ in range(2):
            mark = sealed.mark()
            sealed.write(bytes(300_000))
            sealed.back_to(mark)
        sealed.write(b"more")
        found = sealed.sealed()
    assert path.read_bytes() == b"keptmore"
    assert found == seal_of(path)
