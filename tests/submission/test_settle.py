"""A job whose answer was lost is looked for when it should be, and for as long."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.marker import marked, new_marker
from bspsa_widgets.errors import Unconfirmed
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.records.writer import RecordWriter
from bspsa_widgets.submission.quota_drop import QuotaDrop
from bspsa_widgets.submission.settle import LEAST_POLL, LOOKS_AT, Match, match, settle
from bspsa_widgets.submission.steps import Accepted, Looking
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.records.kept import a_job, a_record, ids
from tests.virtual_time import elapsed, run_virtual

Steps = AsyncGenerator[Looking | Accepted, None]
QUOTA = {"id": 1, "project_hpc": "PIZDAINT", "project_name": "bsp_pizdaint_01", "space_left": 1}


class Service(Account):
    """Notes when its list was asked for; `slow` seconds late with each answer."""

    def __init__(self, *jobs: dict[str, Any], **more: Any) -> None:
        super().__init__(list(jobs), **more)
        self.asked: list[float] = []
        self.hangs = False

    def __call__(self, request: Received) -> Reply:
        if request.method == "GET" and request.target == "/jobs/pizdaint/":
            self.asked.append(elapsed())
            if self.hangs:
                return Reply(raw=b"", end="stall")
        return super().__call__(request)


def settled(
    account: Account,
    records: Records,
    listen: Callable[[Steps, RecordWriter], Awaitable[None]],
    record: Record | None = None,
    **asked: Any,
) -> Record:
    """The record after `listen` has taken the steps, on a clock that costs no time."""

    async def main() -> Record:
        async with (
            FaultyServer(account) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            writer = await RecordWriter.of(records, record or a_record("unconfirmed", server.url))
            assert writer is not None
            async with aclosing(settle(client, writer, **asked)) as steps:
                await listen(steps, writer)
            await writer.release()
            assert not server.of("POST")
            assert not server.of("DELETE")
            return writer.record

    return run_virtual(main())


async def in_vain(steps: Steps, writer: RecordWriter) -> None:
    with pytest.raises(Unconfirmed) as caught:  # noqa: PT012  the loop is what raises
        async for step in steps:
            assert isinstance(step, Looking)
    assert caught.value.record == writer.record.marker
    assert caught.value.job_may_exist


def test_the_looks_come_when_they_should_and_end_after_a_quarter_of_an_hour(
    records: Records,
) -> None:
    service = Service()
    ends: list[float] = []

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        await in_vain(steps, writer)
        ends.append(elapsed())

    record = settled(service, records, listen)
    assert service.asked == pytest.approx(LOOKS_AT, abs=0.01)
    assert ends == pytest.approx([900], abs=0.01)
    assert record.looks == len(LOOKS_AT)
    assert record.state == "unconfirmed"
    assert records.read(record.marker) == record


@pytest.mark.parametrize(
    ("seconds", "looks"),
    [(0.0, []), (1.0, [1.0]), (2.0, [2.0]), (10.0, [2.0, 5.0, 10.0]), (70.0, [*LOOKS_AT[:5], 70])],
)
def test_the_time_that_is_given_is_kept_with_a_look_at_its_end(
    seconds: float, looks: list[float], records: Records
) -> None:
    service = Service()

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        await in_vain(steps, writer)
        assert elapsed() == pytest.approx(seconds, abs=0.01)

    settled(service, records, listen, seconds=seconds)
    assert service.asked == pytest.approx(looks, abs=0.01)


def test_each_pause_is_told_before_it(records: Records) -> None:
    async def listen(steps: Steps, writer: RecordWriter) -> None:
        told = []
        with pytest.raises(Unconfirmed):  # noqa: PT012  the loop is what raises
            async for step in steps:
                assert isinstance(step, Looking)
                told.append((step.looks, step.pause))
        assert told == [(0, 2), *((n, pytest.approx(p, abs=0.01)) for n, p in ((1, 3), (2, 10)))]

    settled(Service(), records, listen, seconds=15)


def test_a_service_that_hangs_does_not_take_the_time(records: Records) -> None:
    service = Service()
    service.hangs = True

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        with pytest.raises(Unconfirmed, match="did not answer in time"):
            async for _ in steps:
                pass
        assert elapsed() <= 10 + LEAST_POLL + 0.1

    settled(service, records, listen, seconds=10)


def test_a_slow_look_is_not_made_up_for_by_a_burst(records: Records) -> None:
    service = Service()
    service.hangs = True

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        await anext(steps)  # the first look is due at 2 s, and takes more than a minute
        await anext(steps)
        service.hangs = False
        service.asked.clear()
        await in_vain(steps, writer)

    settled(service, records, listen)
    first, *later = service.asked
    assert 60 < first < 125
    assert later == pytest.approx([at for at in LOOKS_AT if at > first], abs=0.1)


def found_after(looks: int, service: Service, record: Record) -> Callable[..., Awaitable[None]]:
    async def listen(steps: Steps, writer: RecordWriter) -> None:
        async for step in steps:
            if isinstance(step, Looking) and step.looks == looks:
                service.jobs.append(a_job(record, 7))
            last = step
        assert isinstance(last, Accepted)
        assert last.job.id == 7

    return listen


@pytest.mark.parametrize("looks", [0, 3, 18])
def test_a_job_that_appears_is_accepted_at_the_next_look(looks: int, records: Records) -> None:
    service, record = Service(), a_record("unconfirmed", problem="lost")
    after = settled(service, records, found_after(looks, service, record), record)
    assert after.state == "accepted"
    assert after.problem == ""
    assert after.job == service.jobs[0]
    assert records.read(record.marker) == after


def test_of_several_the_lowest_is_taken_and_the_others_are_told_and_left(
    records: Records,
) -> None:
    record = a_record("unconfirmed")
    service = Service(*(a_job(record, number) for number in (9, 4, 7)))

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        *_, last = [step async for step in steps]
        assert isinstance(last, Accepted)
        assert [last.job.id, *(job.id for job in last.others)] == [4, 7, 9]

    after = settled(service, records, listen, record)
    assert after.other_jobs == (service.jobs[2]["job_id"], service.jobs[0]["job_id"])
    assert len(service.jobs) == 3


def test_a_look_that_is_asked_for_comes_now_and_is_one_more(records: Records) -> None:
    service, search_now = Service(), asyncio.Event()

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        asked = 0
        with pytest.raises(Unconfirmed):  # noqa: PT012  the loop is what raises
            async for step in steps:
                assert isinstance(step, Looking)
                if step.looks >= 2 and asked < 30:
                    asked += 1
                    search_now.set()
        assert elapsed() == pytest.approx(900, abs=0.01)

    record = settled(service, records, listen, search_now=search_now)
    assert record.looks == len(LOOKS_AT) + 30
    assert service.asked[2:32] == pytest.approx([5] * 30, abs=0.01)
    assert service.asked[32:] == pytest.approx(LOOKS_AT[2:], abs=0.01)


def test_after_a_restart_it_looks_at_once_and_goes_on_where_it_was(records: Records) -> None:
    service = Service()
    record = a_record("unconfirmed", looks=3)
    settled(service, records, in_vain, record, at_once=True)
    assert service.asked[:4] == pytest.approx([0, 30, 90, 150], abs=0.01)


@pytest.mark.parametrize("seconds", [0.0, 900.0])
def test_after_a_late_restart_it_looks_once(seconds: float, records: Records) -> None:
    service = Service()
    record = a_record("unconfirmed", looks=len(LOOKS_AT) + 5)
    settled(service, records, in_vain, record, at_once=True, seconds=seconds)
    assert service.asked == [pytest.approx(0, abs=0.01)]


def test_a_named_job_is_found_though_the_list_is_broken(records: Records) -> None:
    record = a_record("unconfirmed")
    named = a_job(record, 3)
    service = Service(named).on("GET", "/jobs/pizdaint/bsp_pizdaint_01/", Reply.json(named))
    service.on("GET", "/jobs/pizdaint/", Reply.html())
    record = record.model_copy(update={"job_id_named": named["job_id"]})

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        *_, last = [step async for step in steps]
        assert isinstance(last, Accepted)

    assert settled(service, records, listen, record).state == "accepted"


def test_a_named_job_without_the_marker_is_not_taken(records: Records) -> None:
    record = a_record("unconfirmed")
    service = Service(a_job(a_record(), 3))
    record = record.model_copy(update={"job_id_named": service.jobs[0]["job_id"]})
    assert settled(service, records, in_vain, record, seconds=5).state == "unconfirmed"


@pytest.mark.parametrize(
    "reply",
    [
        Reply.html(),
        Reply.html(502),
        Reply.json({"detail": "Invalid token."}, 401),
        Reply.json("no", 403),
        Reply.json("HPC not found!", 404),
        Reply(raw=b"", end="reset"),
        Reply.html(200),
        Reply.json([{}, 5, None]),
        Reply.json({"job": 1}),
    ],
)
def test_whatever_the_list_answers_the_looks_go_on(reply: Reply, records: Records) -> None:
    record = a_record("unconfirmed")
    service = Service(a_job(record)).on("GET", "/jobs/", reply)

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        async for step in steps:
            if isinstance(step, Looking) and step.looks == 2:
                service.replies.clear()
            last = step
        assert isinstance(last, Accepted)

    after = settled(service, records, listen, record)
    assert after.looks == 2
    assert after.failed_looks == (0 if b"[{}" in reply.bytes() else 2)


def test_looks_at_a_list_that_cannot_be_read_are_told_apart_from_the_others(
    records: Records,
) -> None:
    service = Service().on("GET", "/jobs/", Reply.html(500))

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        told = []
        with pytest.raises(Unconfirmed, match="read once and could not be read twice"):  # noqa: PT012
            async for step in steps:
                assert isinstance(step, Looking)
                told.append((step.looks, step.failed))
                if step.looks == 2:
                    service.replies.clear()
        assert told == [(0, 0), (1, 1), (2, 2)]

    record = settled(service, records, listen, seconds=15)
    assert (record.looks, record.failed_looks) == (3, 2)


@pytest.mark.parametrize(
    ("before", "now", "drop"), [(10.0, 8.0, 2.0), (10.0, 10.0, 0.0), (None, 8.0, None)]
)
def test_the_quotas_change_is_told_as_a_hint(
    before: float | None, now: float, drop: float | None, records: Records
) -> None:
    quota = Reply.json([QUOTA | {"time_left": now * 3600}])
    service = Service().on("GET", "/quotas/", quota)
    record = a_record("unconfirmed", quota_before=before)

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        with pytest.raises(Unconfirmed) as caught:  # noqa: PT012  the loop is what raises
            async for step in steps:
                assert isinstance(step, Looking)
                if step.looks:
                    assert step.quota_drop == (None if drop is None else QuotaDrop(drop))
        said = {2.0: "fallen by 2.00 h", 0.0: "has not fallen", None: ""}[drop]
        assert said in str(caught.value)
        assert drop is not None or "quota has" not in str(caught.value)

    settled(service, records, listen, record, seconds=5)


def test_a_disk_that_is_full_does_not_end_the_looking(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, record = Service(), a_record("unconfirmed")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    after = settled(service, records, found_after(2, service, record), record)
    assert after.state == "accepted"
    assert records.read(record.marker) is None


def test_leaving_ends_the_looks(records: Records) -> None:
    service = Service()

    async def listen(steps: Steps, writer: RecordWriter) -> None:
        await anext(steps)
        await anext(steps)
        await steps.aclose()
        await asyncio.sleep(1000)

    settled(service, records, listen)
    assert len(service.asked) == 1


RECORD = a_record("unconfirmed", marker="nb-aaaabbbbccccdddd")


def job(number: Any, **changes: Any) -> Job:
    raw = a_job(RECORD, 1, id=number) | {"job_id": f"JOB-{number}"} | changes
    return Job.parse(raw)


def other(number: int) -> Job:
    return job(number, title=marked("A fit", new_marker()))


JOBS = st.lists(
    st.one_of(
        st.integers(0, 30).map(job),
        st.integers(0, 30).map(other),
        st.just(job(None)),
        st.just(job(12, title="A fit")),
    ),
    max_size=12,
)


@given(JOBS)
def test_a_match_is_ours_and_the_lowest(jobs: list[Job]) -> None:
    before = copy.deepcopy(jobs)
    found = match(RECORD, jobs)
    assert jobs == before
    assert match(RECORD, reversed(jobs)) == found  # the list has no order
    assert match(RECORD, jobs + jobs) == found  # and may repeat itself
    ours = {j.job_id for j in jobs if j.marker == RECORD.marker}
    told = [] if found.job is None else [found.job, *found.others]
    assert {j.job_id for j in told} == ours
    assert len(told) == len(ours)
    numbers = [number for number in ids(told) if number is not None]
    assert numbers == sorted(numbers)
    assert not ours or found.job is not None


@given(st.lists(st.integers(0, 99).map(other), max_size=8))
def test_absence_says_nothing(jobs: list[Job]) -> None:
    assert match(RECORD, jobs) == Match(None)


MARK = RECORD.marker


@pytest.mark.parametrize(
    ("title", "is_ours"),
    [
        (f"A fit [{MARK}]", True),
        (f"Another title [{MARK}]", True),
        (f"[{MARK}]", True),
        (f"A fit [{MARK}] \n\t ", True),
        (f"A fit [{MARK}] copy", False),
        (f"A fit[{MARK}]", False),
        (f"A fit [{MARK.upper()}]", False),
        (f"A fit [{MARK}", False),
        (f"A fit {MARK}", False),
        (f"A fit [{MARK[:-1]}]", False),
        (f"A fit [{MARK}a]", False),
        (f"A fit [{MARK}] [nb-eeeeffffgggghhhh]", False),
        ("A fit", False),
        ("", False),
        (None, False),
    ],
)
def test_only_the_exact_marker_at_the_end_counts(title: str | None, is_ours: bool) -> None:
    assert (match(RECORD, [job(11, title=title)]).job is not None) is is_ours


def test_the_looks_are_soon_and_then_each_minute_for_a_quarter_of_an_hour() -> None:
    assert LOOKS_AT[:7] == (2, 5, 15, 30, 60, 120, 180)
    assert LOOKS_AT[-1] == 900
    assert len(LOOKS_AT) == 19
