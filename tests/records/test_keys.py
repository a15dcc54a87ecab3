"""Of all the records of a folder, those are read that are like a new one, and no others."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.records.record import KEY_FORMAT, Record
from bspsa_widgets.records.store import Records
from tests.records.kept import a_record

KEYS = f".keys-{KEY_FORMAT}"


class Counted(Records):
    """Counts the records that are read."""

    reads = 0

    def _read(self, place: Path) -> Record:
        self.reads += 1
        return super()._read(place)


def other(number: int, **changes: Any) -> Record:
    return a_record("accepted", manifest=f"other files {number}", **changes)


@pytest.fixture
def twenty(records: Records) -> list[Record]:
    """Records of other files, and two of the files of `a_record`."""
    made = [other(number) for number in range(18)] + [a_record("accepted"), a_record("over")]
    for record in made:
        records.save(record)
    return made


def like(records: Records, **changes: Any) -> tuple[set[str], int]:
    """Markers of those that are like a new one, and how many records were read for that."""
    counted = Counted(records.folder)
    found = counted.like(a_record(**changes))
    return {record.marker for record in found}, counted.reads


def test_each_record_is_read_once_and_then_only_its_like(
    twenty: list[Record], records: Records
) -> None:
    mine = {record.marker for record in twenty[18:]}
    assert like(records) == (mine, 20)
    assert like(records) == (mine, 2)
    assert like(records, manifest="other files 3") == ({twenty[3].marker}, 1)
    assert like(records, manifest="new files") == (set(), 0)
    records.save(one := a_record())
    assert like(records) == (mine | {one.marker}, 3)


@pytest.mark.parametrize("kind", ["gone", "empty", "torn", "no text", "folder", "pipe"])
def test_what_is_wrong_with_the_keys_costs_a_reading_and_no_more(
    kind: str, twenty: list[Record], records: Records
) -> None:
    like(records)
    place, mine = records.folder / KEYS, {record.marker for record in twenty[18:]}
    text = place.read_bytes()
    place.unlink()
    if kind == "torn":
        place.write_bytes(text[:-30])
    elif kind == "pipe":
        if sys.platform == "win32":
            pytest.skip("there are no such files")
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind != "gone":
        place.write_bytes({"empty": b"", "no text": b"\xff\x00" * 1000}[kind])
    assert like(records)[0] == mine
    found, reads = like(records)
    assert found == mine
    assert kind in ("folder", "pipe") or reads == 2


def test_a_record_that_is_damaged_later_is_set_aside_as_ever(
    twenty: list[Record], records: Records
) -> None:
    like(records)
    (records.folder / f"{twenty[18].marker}.json").write_text("{")
    assert like(records)[0] == {twenty[19].marker}
    assert (records.folder / "damaged" / f"{twenty[18].marker}.json").exists()


def test_keys_of_records_that_are_gone_go_in_the_end(
    twenty: list[Record], records: Records
) -> None:
    like(records)
    with (records.folder / KEYS).open("a") as file:
        file.writelines(f"{one.key} {one.marker}\n" for one in (a_record() for _ in range(200)))
    assert like(records)[1] == 2
    assert len((records.folder / KEYS).read_text().split()) == 2 * 20


def test_a_change_of_what_is_asked_takes_a_new_format_of_the_keys() -> None:
    """Where this fails, raise `KEY_FORMAT`: the keys that are on disks are of the old kind."""
    record = a_record(marker="nb-aaaabbbbccccdddd", form=JobForm())
    assert (KEY_FORMAT, record.key) == (1, "592a9dfce0abc6376ce34d8e07694294")
