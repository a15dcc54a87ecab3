"""Cancelled at any moment, a submission is not sent, or sent and never said not to be."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import BspsaError, Refused, Stopped, Unconfirmed
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.record import Record
from bspsa_widgets.submission.records import Records
from bspsa_widgets.submission.steps import Accepted, Late, Looking, Sending, Step
from tests.faulty_server import Account, FaultyServer, Received, Reply, run
from tests.virtual_time import run_virtual

FORM = JobForm(hpc="pizdaint", command="cd {folder} && ls", core_number=12)


def only(records: Records) -> Record:
    [record] = records.load().records
    return record


async def cancelled_at(step: int, folder: Path, records: Records) -> tuple[bool, Any]:
    """Cancel after that many turns of the loop since the record was made; (took, end)."""
    account = Account()
    async with FaultyServer(account) as server, ServiceAccountClient(server.url, "t") as client:
        submission = Submission(client, FORM, folder, records=records, settle_seconds=0)
        took: list[bool] = []

        async def cancel() -> None:
            while submission.record is None:  # noqa: ASYNC110  it is turns that are counted
                await asyncio.sleep(0)
            for _ in range(step):
                await asyncio.sleep(0)
            took.append(submission.cancel())

        cancelling = asyncio.create_task(cancel())
        end: object = None
        try:
            async with aclosing(submission.steps()) as steps:
                async for _ in steps:
                    pass
        except BspsaError as error:
            end = error
        cancelling.cancel()
        await asyncio.wait([cancelling])
        for _ in range(20):  # whatever had begun would show now
            await asyncio.sleep(0)
        if isinstance(end, Stopped):
            assert server.posts == len(account.jobs) == 0
        else:
            assert server.posts == len(account.jobs) == 1
        return bool(took and took[0]), end


def test_a_cancel_at_any_turn_of_the_loop_is_told_as_it_is(folder: Path, tmp_path: Path) -> None:
    ends = set()
    for step in [*range(60), *range(60, 400, 20)]:
        records = Records(tmp_path / f"records-{step}")
        took, end = run(cancelled_at(step, folder, records))
        record = only(records)
        ends.add(record.state)
        assert record.state == ("not_sent" if isinstance(end, Stopped) else "accepted")
        if took and end is None:
            raise AssertionError("Cancel said that nothing is sent, and it was")
    gc.collect()  # what was left open would be told here, and be an error
    assert "not_sent" in ends


def test_a_first_byte_does_not_leave_after_the_cancel(
    folder: Path, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is there in the same turn of the loop in which Cancel is pressed."""

    async def main() -> None:
        async with FaultyServer(Account()) as server:
            async with ServiceAccountClient(server.url, "t") as client:
                submission = Submission(client, FORM, folder, records=records)
                send = client.submit

                async def submit(*given: Any, on_first_byte: Any, **more: Any) -> Any:
                    def began() -> None:
                        assert submission.cancel() is True
                        on_first_byte()

                    return await send(*given, on_first_byte=began, **more)

                monkeypatch.setattr(client, "submit", submit)
                with pytest.raises(Stopped):
                    async for _ in submission.steps():
                        pass
            assert server.posts == 0
            assert not submission.may_be_sent

    run(main())
    assert only(records).state == "not_sent"


def test_sending_is_on_disk_before_the_first_byte(folder: Path, records: Records) -> None:
    seen: list[str] = []

    class Watching(Account):
        def __call__(self, request: Received) -> Reply:
            seen.append(f"{request.method} {only(records).state}")
            return super().__call__(request)

    async def main() -> None:
        async with FaultyServer(Watching()) as server:  # noqa: SIM117  a server outlives its client
            async with ServiceAccountClient(server.url, "t") as client:
                submission = Submission(client, FORM, folder, records=records)
                async for step in submission.steps():
                    if isinstance(step, Sending):
                        assert only(records).state != "prepared"

    run(main())
    assert seen == ["GET prepared", "GET prepared", "POST sending"]


def late(
    reply: Reply | None, folder: Path, records: Records, *, lists: bool, answers: bool
) -> tuple[list[Step], BspsaError | None, FaultyServer]:
    """A cancel after the first byte; the POST's answer is held until a look was made."""
    account = Account(creates=lists)
    if reply:
        account.on("POST", "/jobs/", reply)

    async def main() -> tuple[list[Step], BspsaError | None, FaultyServer]:
        hold = asyncio.Event()
        taken: list[Step] = []
        failure = None

        def answer(request: Received) -> Reply:
            return account(request)

        async with (
            FaultyServer(answer, hold=hold) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = Submission(client, FORM, folder, records=records, settle_seconds=60)
            try:
                async with aclosing(submission.steps()) as steps:
                    async for step in steps:
                        taken.append(step)
                        if isinstance(step, Sending):
                            submission.cancel()
                        if isinstance(step, Late) and lists:
                            await server.post_arrived.wait()
                            account._create(server.of("POST")[0])
                        if isinstance(step, Looking) and step.looks == 1 and answers:
                            hold.set()
            except BspsaError as error:
                failure = error
            assert server.posts == 1
            hold.set()
        return taken, failure, server

    return run_virtual(main())


def test_late_and_found_while_the_answer_stalls_it_is_accepted(
    folder: Path, records: Records
) -> None:
    taken, failure, _ = late(None, folder, records, lists=True, answers=False)
    assert failure is None
    assert isinstance(taken[-1], Accepted)
    assert only(records).state == "accepted"
    assert only(records).problem == ""


def test_late_and_answered_it_is_accepted(folder: Path, records: Records) -> None:
    taken, failure, _ = late(None, folder, records, lists=False, answers=True)
    assert failure is None
    assert isinstance(taken[-1], Accepted)
    assert only(records).state == "accepted"


@pytest.mark.parametrize(
    ("reply", "kind", "state"),
    [
        (Reply.json("Quota not enough!", 401), Refused, "refused"),
        (Reply.html(), Unconfirmed, "unconfirmed"),
    ],
)
def test_late_and_answered_otherwise_it_is_what_the_answer_says(
    reply: Reply, kind: type[BspsaError], state: str, folder: Path, records: Records
) -> None:
    _, failure, _ = late(reply, folder, records, lists=False, answers=True)
    assert isinstance(failure, kind)
    assert only(records).state == state
