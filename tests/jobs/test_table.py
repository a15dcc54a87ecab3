"""The table tells what has changed, once, and together."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import ServiceFailure
from bspsa_widgets.jobs.table import PAUSE, Changes, JobTable
from bspsa_widgets.jobs.tracked_job import TrackedJob, first_seen
from tests.faulty_server import contract
from tests.virtual_time import elapsed, run_virtual

BODY = contract("job.json")["examples"][0]["body"]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def tracked(number: int, stage: str = "QUEUED") -> TrackedJob:
    return first_seen(Job.parse(BODY | {"job_id": f"{number:08X}", "stage": stage}), NOON)


def names(changes: Changes) -> list[str]:
    return [one.job.job_id for one in changes.jobs]


def test_only_what_has_changed_is_told() -> None:
    table = JobTable()
    for number in range(3):
        table.put(tracked(number))
    before = table.revision
    table.put(tracked(1, "RUNNING"))
    assert names(table.since(before)) == ["00000001"]
    assert len(table.since(0).jobs) == 3
    assert table.since(table.revision) == Changes(table.revision, (), ())


def test_a_look_that_shows_nothing_new_is_no_change() -> None:
    table = JobTable()
    table.put(tracked(1))
    before = table.revision
    later = tracked(1).shown(tracked(1).job, NOON + timedelta(minutes=1))
    table.put(later)
    assert table.revision == before
    assert table.get(later.key) is later  # it is known to be newer all the same


def test_a_problem_that_stays_the_same_is_told_once() -> None:
    table = JobTable()
    table.put(tracked(1)._replace(problem=ServiceFailure("no")))
    before = table.revision
    table.put(tracked(1)._replace(problem=ServiceFailure("no")))
    assert table.revision == before
    table.put(tracked(1)._replace(problem=ServiceFailure("still no")))
    assert table.revision > before


def test_jobs_of_another_service_are_gone() -> None:
    table = JobTable()
    table.put(tracked(1))
    before = table.revision
    table.clear()
    assert table.since(before) == Changes(table.revision, (), (tracked(1).key,))
    assert len(table) == 0


def test_what_comes_together_is_told_together() -> None:
    async def main() -> None:
        table = JobTable()
        told: list[list[str]] = []

        async def listen() -> None:
            async with aclosing(table.changes()) as changes:
                async for one in changes:
                    told.append(names(one))

        listening = asyncio.create_task(listen())
        for number in range(5):
            await asyncio.sleep(PAUSE / 10)
            table.put(tracked(number))
        await asyncio.sleep(2 * PAUSE)
        table.put(tracked(7))
        await asyncio.sleep(2 * PAUSE)
        listening.cancel()
        assert told == [[f"{number:08X}" for number in range(5)], ["00000007"]]
        assert elapsed() < 10 * PAUSE

    run_virtual(main())
