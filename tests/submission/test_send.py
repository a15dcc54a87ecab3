"""Cancelled at any moment, a submission is not sent, or sent and never said not to be."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import (
    BspsaError,
    NotSent,
    RecordError,
    Refused,
    Stopped,
    Unconfirmed,
)
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission import messages
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.steps import Accepted, Connecting, Late, Looking, Sending, Step
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
    assert seen == ["GET prepared", "POST sending"]


@pytest.mark.parametrize(
    ("left", "status", "said"),
    [
        ((10.0, 8.0), 400, "Your quota has fallen by 2.00 h all the same."),
        ((10.0, 10.0), 400, ""),
        ((10.0,), 400, ""),
        ((10.0, 8.0), 401, ""),
    ],
    ids=["kept", "given back", "not told", "before the hours are taken"],
)
def test_a_refusal_after_which_the_hours_are_gone_says_so(
    left: tuple[float, ...], status: int, said: str, folder: Path, records: Records
) -> None:
    quota = {"id": 1, "project_hpc": "PIZDAINT", "project_name": "bsp_pizdaint_01"}
    told = [Reply.json([quota | {"time_left": hours * 3600}]) for hours in left]
    account = Account().on("GET", "/quotas/", *told, Reply.json([]))
    account.on("POST", "/jobs/", Reply.json("Core number must be at least equal to 12!", status))

    async def main() -> BspsaError:
        async with FaultyServer(account) as server, ServiceAccountClient(server.url, "t") as client:
            with pytest.raises(BspsaError) as caught:
                async for _ in Submission(client, FORM, folder, records=records).steps():
                    pass
            return caught.value

    error = run(main())
    record = only(records)
    assert record.state == "refused"
    for text in (str(error), record.problem):
        assert said in text
        assert ("Your quota" in text) is bool(said)


def not_sent(folder: Path, records: Records, break_it: Callable[[Any], None]) -> BspsaError:
    """How it ends where something breaks once the service has answered, before the first byte."""

    async def main() -> BspsaError:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = Submission(client, FORM, folder, records=records)
            with pytest.raises(BspsaError) as caught:  # noqa: PT012  the loop is what raises
                async for step in submission.steps():
                    if isinstance(step, Connecting):
                        break_it(client)
            assert server.posts == 0
            assert not submission.may_be_sent
            return caught.value

    return run(main())


def test_a_disk_that_does_not_take_the_record_stops_the_send(
    folder: Path, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_: object) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)

    error = not_sent(folder, records, fill)
    assert isinstance(error, RecordError)
    assert not error.job_may_exist
    assert only(records).state == "prepared"


def test_a_fault_of_ours_before_the_first_byte_is_told_as_not_sent(
    folder: Path, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_it(client: Any) -> None:
        async def broken(*_: object, **__: object) -> Job:
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(client, "submit", broken)

    error = not_sent(folder, records, break_it)
    assert isinstance(error, NotSent)
    assert not error.job_may_exist
    assert only(records).state == "not_sent"


def test_a_late_cancel_is_in_the_record_while_the_answer_is_awaited(
    folder: Path, records: Records
) -> None:
    account, problems = Account(creates=True), []

    async def main() -> None:
        hold = asyncio.Event()
        async with (
            FaultyServer(account, hold=hold) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = Submission(client, FORM, folder, records=records, settle_seconds=60)
            async for step in submission.steps():
                if isinstance(step, Sending):
                    submission.cancel()
                if isinstance(step, Looking):
                    problems.append((only(records).state, only(records).problem))
                    hold.set()

    run_virtual(main())
    assert problems[0] == ("sending", messages.TOO_LATE)


def test_a_request_whose_job_was_found_goes_on_to_its_end_and_is_looked_after(
    folder: Path, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    account = Account().on("POST", "/jobs/", Reply(raw=b"", end="reset"))

    async def main() -> None:
        hold = asyncio.Event()
        async with (
            FaultyServer(account, hold=hold) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = Submission(client, FORM, folder, records=records, settle_seconds=60)
            async for step in submission.steps():
                if isinstance(step, Sending):
                    submission.cancel()
                if isinstance(step, Late):
                    await server.post_arrived.wait()
                    account._create(server.of("POST")[0])
            assert submission.accepted_job()
            [request] = [task for task in asyncio.all_tasks() if task.get_name() == "the request"]
            hold.set()
            await asyncio.wait([request])

    run_virtual(main())
    gc.collect()  # a failure that nobody has seen would be told now
    assert "a submission that nobody waited for ended: The connection broke" in caplog.text


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
