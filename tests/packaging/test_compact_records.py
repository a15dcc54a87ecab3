"""Many records look like a tuple of them, and are none of the garbage collector's business."""

from __future__ import annotations

import gc
from pathlib import Path

from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.compact_records import CompactRecords
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import select
from tests.packaging.folders import write

PLAIN = [(f"{number}.txt", number, "", 0) for number in range(5)]
MEMBERS = tuple(Member(*fields) for fields in PLAIN)


def test_records_are_read_like_a_tuple() -> None:
    rows = CompactRecords(Member, PLAIN)
    assert len(rows) == 5
    assert rows[-1].path == "4.txt"
    assert [row.size for row in rows] == [0, 1, 2, 3, 4]
    assert all(type(row) is Member for row in (*rows, *reversed(rows), rows[2]))
    assert MEMBERS[3] in rows
    assert rows.index(MEMBERS[3]) == 3


def test_a_slice_is_compact() -> None:
    part = CompactRecords(Member, PLAIN)[1:3]
    assert isinstance(part, CompactRecords)
    assert part == MEMBERS[1:3]


def test_equality_compares_the_content() -> None:
    rows = CompactRecords(Member, PLAIN)
    assert rows == CompactRecords(Member, iter(PLAIN))
    assert rows == MEMBERS
    assert hash(rows) == hash(MEMBERS)
    assert repr(rows) == repr(MEMBERS)
    assert rows != CompactRecords(Member, PLAIN[1:])
    assert rows != list(MEMBERS)


def test_the_garbage_collector_tracks_no_record(tmp_path: Path) -> None:
    names = {f"of the collector {number}.txt" for number in range(600)}
    write(tmp_path / "model", *names)
    found = select(tmp_path / "model")
    packed = pack(found, tmp_path / "model.zip")
    gc.collect()
    assert len(found.members) == len(packed.manifest.entries) == 600
    # What else it looks through meanwhile may be of other threads.
    tuples = [one for one in gc.get_objects() if isinstance(one, tuple)]
    assert not [one for one in tuples if one and isinstance(one[0], str) and one[0] in names]
