"""A file on its way to the disk: whole and known by its sum, or gone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bspsa_widgets.service.http.upload import PIECE, Upload


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, 2 * PIECE + 7])
def test_a_file_received_in_any_chunks_is_exact(tmp_path: Path, size: int) -> None:
    content = bytes(number * number % 251 for number in range(size))
    upload = Upload(tmp_path / "incoming" / "a")
    for start in range(0, size, 65_000):
        upload.add(content[start : start + 65_000])
        assert upload.is_due == (len(upload._piece) >= PIECE)
        if upload.is_due:
            upload.write()
    upload.finish()
    assert upload.path.read_bytes() == content
    assert (upload.size, upload.sha256) == (size, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("written", [True, False])
def test_a_discarded_upload_leaves_no_file(tmp_path: Path, written: bool) -> None:
    upload = Upload(tmp_path / "incoming" / "a")
    upload.add(b"PK")
    if written:
        upload.write()
    upload.discard()
    with pytest.raises(FileNotFoundError):  # a thread that comes late
        upload.finish()
    assert not upload.path.exists()
    upload.discard()


def test_a_moved_upload_is_not_discarded(tmp_path: Path) -> None:
    upload = Upload(tmp_path / "a")
    upload.add(b"PK")
    upload.finish()
    upload.path.replace(tmp_path / "job.zip")
    upload.discard()
    assert (tmp_path / "job.zip").read_bytes() == b"PK"
