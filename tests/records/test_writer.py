"""What a keeper writes is whole and in order, whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from bspsa_widgets.errors import AlreadySubmitted, RecordError
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.records.writer import RecordWriter
from tests.faulty_server import run
from tests.records.kept import a_record


class Slow(Records):
    """A disk that takes its time: each write waits to be let go."""

    def __init__(self, records: Records) -> None:
        super().__init__(records.folder)
        self.writing, self.go_on = threading.Event(), threading.Event()
        self.is_full = False

    def save(self, record: Record) -> None:
        self.writing.set()
        assert self.go_on.wait(10)
        if self.is_full:
            raise RecordError("full")
        super().save(record)


async def kept(records: Records, record: Record) -> RecordWriter:
    keeper = await RecordWriter.of(records, record)
    assert keeper is not None
    return keeper


def test_a_move_is_on_disk_when_it_returns(records: Records) -> None:
    async def main() -> None:
        keeper = await kept(records, a_record())
        await keeper.move("sending", quota_before=4.0)
        assert keeper.record.state == "sending"
        assert records.read(keeper.record.marker) == keeper.record
        await keeper.release()

    run(main())


def test_a_move_that_the_disk_does_not_take_has_not_happened(records: Records) -> None:
    async def main() -> None:
        slow = Slow(records)
        slow.is_full = True
        slow.go_on.set()
        keeper = await kept(slow, a_record())
        with pytest.raises(RecordError):
            await keeper.move("sending")
        assert not keeper.record.is_open
        await keeper.note("not_sent")  # what is true is true
        assert keeper.record.state == "not_sent"
        with pytest.raises(ValueError, match="cannot become"):
            await keeper.note("sending")
        await keeper.release()

    run(main())


@pytest.mark.parametrize("times", [1, 2, 5])
def test_who_waits_for_a_write_is_cancelled_once_it_is_over(times: int, records: Records) -> None:
    async def main() -> None:
        slow = Slow(records)
        keeper = await kept(slow, a_record())
        moving = asyncio.create_task(keeper.move("sending"))
        await asyncio.to_thread(slow.writing.wait)
        for _ in range(times):
            moving.cancel()
            await asyncio.sleep(0)
        assert not moving.done()
        slow.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await moving
        assert keeper.record.state == "sending"
        assert records.read(keeper.record.marker) == keeper.record
        await keeper.release()

    run(main())


def test_the_end_of_a_loop_leaves_no_write_undone_or_out_of_order(records: Records) -> None:
    slow = Slow(records)
    record = a_record()

    async def submit() -> None:
        keeper = await kept(slow, record)
        try:
            await keeper.move("sending")
        except asyncio.CancelledError:
            await keeper.note("not_sent")
            raise

    async def main() -> None:
        main.task = asyncio.create_task(submit())  # type: ignore[attr-defined]
        await asyncio.to_thread(slow.writing.wait)
        threading.Timer(0.05, slow.go_on.set).start()

    asyncio.run(main())
    found = records.read(record.marker)
    assert found is not None
    assert [event.state for event in found.history] == ["prepared", "sending", "not_sent"]


def test_many_at_once_are_one_after_the_other(records: Records) -> None:
    async def main() -> None:
        keeper = await kept(records, a_record("unconfirmed"))
        await asyncio.gather(*(keeper.note("unconfirmed", looks=n) for n in range(20)))
        assert records.read(keeper.record.marker) == keeper.record
        await keeper.release()

    run(main())


def test_only_one_tends_a_record_and_reads_it_anew(records: Records) -> None:
    async def main() -> None:
        old = a_record()
        first = await kept(records, old)
        await first.move("sending")
        assert await RecordWriter.of(records, old) is None
        await first.release()
        second = await kept(records, old)
        assert second.record == first.record
        await second.release()

    run(main())


def test_a_cancel_while_it_begins_leaves_a_record_that_says_not_sent(records: Records) -> None:
    async def main() -> None:
        slow, record = Slow(records), a_record()
        beginning = asyncio.create_task(RecordWriter.begin(slow, record, "tell"))
        await asyncio.to_thread(slow.writing.wait)
        beginning.cancel()
        await asyncio.sleep(0)
        slow.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await beginning
        found = records.read(record.marker)
        assert found is not None
        assert found.state == "not_sent"
        claim = records.claim(record.marker)
        assert claim is not None  # it was given back
        claim.release()

    run(main())


def test_a_claim_is_given_back_where_nothing_began(records: Records) -> None:
    async def main() -> None:
        earlier, record = a_record("accepted"), a_record()
        records.save(earlier)
        with pytest.raises(AlreadySubmitted):
            await RecordWriter.begin(records, record, "ask")
        taken = records.claim(record.marker)
        assert taken is not None
        with pytest.raises(RecordError, match="another program"):
            await RecordWriter.begin(records, record, "allow")
        taken.release()
        assert records.read(record.marker) is None

    run(main())


def test_it_knows_the_submissions_since_its_own_also_of_other_folders(
    records: Records, tmp_path: Path
) -> None:
    async def main() -> None:
        record, here, elsewhere = (a_record("sending") for _ in range(3))
        for one in (record, here):
            records.save(one)
        Records(tmp_path / "elsewhere").save(elsewhere)
        keeper = await RecordWriter.of(records, record)
        assert keeper is not None
        others = {other.marker: other for other in await keeper.others()}
        assert set(others) == {here.marker, elsewhere.marker}
        assert others[here.marker] == here
        assert others[elsewhere.marker].hours == elsewhere.hours
        await keeper.release()

    run(main())
