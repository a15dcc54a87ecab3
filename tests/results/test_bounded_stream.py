"""What an archive unpacks to is read forwards, in bounded pieces, up to a limit."""

from __future__ import annotations

import io
import tarfile

import pytest

from bspsa_widgets.errors import DownloadError
from bspsa_widgets.results.bounded_stream import MOST_READ, BoundedStream


def stream(data: bytes, most: int = 10_000_000) -> BoundedStream:
    return BoundedStream(io.BytesIO(data), most, lambda: None)


@pytest.mark.parametrize("size", [-1, MOST_READ + 1, 1 << 60])
def test_no_header_makes_it_read_all_at_once(size: int) -> None:
    with pytest.raises(tarfile.ReadError):
        stream(b"x").read(size)


def test_what_is_passed_over_counts_as_well() -> None:
    assert stream(b"x" * 5_000_000).seek(3_000_000) == 3_000_000
    with pytest.raises(DownloadError, match=r"unpacks to more than 2\.0 MB"):
        stream(b"x" * 5_000_000, 2_000_000).seek(5_000_000)


def test_it_goes_forwards_only() -> None:
    read = stream(b"x" * 100)
    read.seek(50)
    assert read.tell() == 50
    with pytest.raises(tarfile.ReadError):
        read.seek(49)


def test_passing_over_more_than_there_is_ends_at_the_end() -> None:
    assert stream(b"x" * 100).seek(1_000) == 100


def test_each_piece_can_be_the_last_one_wanted() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        BoundedStream(io.BytesIO(b"x"), 1, stop).read(1)


def test_it_ends_well_only_where_an_archive_ends() -> None:
    for last, ends_well in (
        (b"", True),
        (b"\0" * 512, True),
        (b"\0" * 9, False),
        (b"x" * 512, False),
    ):
        read = stream(last + b"rest" * 9_999)
        read.read(len(last))
        if ends_well:
            read.finish()
            assert read.tell() == len(last) + 39_996
        else:
            with pytest.raises(tarfile.ReadError):
                read.finish()
