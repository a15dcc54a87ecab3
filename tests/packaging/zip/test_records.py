"""Zip records: what Python's own reader finds in them."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Iterator

import pytest

from bspsa_widgets.packaging.zip.records import (
    LIMIT,
    STORED,
    dos_date,
    end_records,
    may_need_zip64,
    records,
    streamed_header,
    streamed_trailer,
    with_offset,
)

FILE = 0o100644
FOLDER = 0o040755
GIB = 1 << 30


def made(
    name: str = "a/b.txt", size: int = 0, packed: int = 0, mode: int = FILE, date: int = 0
) -> tuple[bytes, bytes]:
    return records(name.encode(), mode, date or dos_date(0), STORED, 7, size, packed)


def listed(line: bytes) -> zipfile.ZipInfo:
    """The one entry of an archive of which there is only the list."""
    found = zipfile.ZipFile(io.BytesIO(line + end_records(1, 0, len(line))))
    return found.infolist()[0]


@pytest.mark.parametrize("offset", [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 200 * GIB])
@pytest.mark.parametrize(
    ("size", "packed"),
    [(0, 0), (10, 9), (LIMIT - 1, 5), (LIMIT, 5), (5 * GIB, 6 * GIB), (900 * GIB, 5 * GIB)],
)
def test_sizes_and_offsets_of_any_size_are_read_back(size: int, packed: int, offset: int) -> None:
    wide = may_need_zip64(size)
    _, line = streamed_trailer(b"a/b.txt", FILE, dos_date(0), 7, size, packed, zip64=wide)
    found = listed(with_offset(line, offset))
    assert found.header_offset == offset
    assert (found.filename, found.file_size, found.compress_size) == ("a/b.txt", size, packed)
    assert (found.CRC, found.external_attr >> 16) == (7, FILE)


@pytest.mark.parametrize("offset", [0, LIMIT, 200 * GIB])
def test_the_offset_of_a_complete_file_is_read_back(offset: int) -> None:
    _, line = made(size=10, packed=9)
    found = listed(with_offset(line, offset))
    assert found.header_offset == offset
    assert (found.file_size, found.compress_size, found.CRC) == (10, 9, 7)


def test_sizes_that_may_exceed_32_bits_use_zip64() -> None:
    """APPNOTE 4.3.9.2: eight bytes each where the front has a Zip64 field, else four."""
    size, packed = LIMIT - 100, LIMIT + 100
    assert may_need_zip64(size)
    front = streamed_header(b"a", dos_date(0), zip64=True)
    assert front.endswith(struct.pack("<HHQQ", 1, 16, 0, 0))
    behind, _ = streamed_trailer(b"a", FILE, dos_date(0), 7, size, packed, zip64=True)
    assert behind == b"PK\x07\x08" + struct.pack("<IQQ", 7, packed, size)
    behind, _ = streamed_trailer(b"a", FILE, dos_date(0), 7, 10, 9, zip64=False)
    assert behind == b"PK\x07\x08" + struct.pack("<III", 7, 9, 10)


@pytest.mark.parametrize("name", ["plain.txt", "naïve/café.py", "模型/数据.csv", "🧠"])
def test_names_are_read_back_in_any_script(name: str) -> None:
    _, line = made(name)
    assert listed(with_offset(line, 0)).filename == name


def test_modes_are_read_back() -> None:
    assert listed(made(mode=0o100755)[1]).external_attr >> 16 == 0o100755
    folder = listed(made("a/", mode=FOLDER)[1])
    assert folder.is_dir()
    assert folder.external_attr & 0x10  # DOS's mark of a folder
    assert folder.create_system == 3


@pytest.mark.parametrize("entries", [0, 1, 65_534, 65_535, 65_536, 70_000])
def test_any_number_of_entries_is_read_back(entries: int) -> None:
    line = with_offset(made()[1], 0)
    found = zipfile.ZipFile(
        io.BytesIO(line * entries + end_records(entries, 0, len(line) * entries))
    )
    assert len(found.infolist()) == entries


@pytest.fixture(params=["UTC", "Asia/Kathmandu", "America/St_Johns"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    dos_date.cache_clear()
    yield
    monkeypatch.undo()
    time.tzset()
    dos_date.cache_clear()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system's time zone cannot be changed")
@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("seconds", [315_705_600, 1_700_000_001, 4_300_000_000])
def test_a_date_is_local_in_steps_of_two_seconds(seconds: int) -> None:
    line = made(date=dos_date(seconds))[1]
    local = time.localtime(seconds)
    assert listed(line).date_time == (*local[:5], local.tm_sec // 2 * 2)


@pytest.mark.parametrize(
    ("seconds", "year"), [(-(10**18), 1980), (-1, 1980), (0, 1980), (10**10, 2107), (10**18, 2107)]
)
def test_a_date_outside_the_zip_range_is_clamped(seconds: int, year: int) -> None:
    line = made(date=dos_date(seconds))[1]
    assert listed(line).date_time[0] == year
