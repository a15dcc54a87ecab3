"""A monitor that nobody looks at says nothing that only the clock has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, tzinfo
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.jobs import shared_lists, tracker
from bspsa_widgets.jobs.polling import watch
from bspsa_widgets.jobs.tracker import LISTS, JobTracker
from bspsa_widgets.widgets.base import persistent_panel
from bspsa_widgets.widgets.monitor import rows, view_state
from bspsa_widgets.widgets.monitor.panel import MonitorPanel
from bspsa_widgets.widgets.monitor.rows import SAVED_SECONDS, JobRows
from tests.faulty_server import Account, FaultyServer, contract
from tests.virtual_time import clock, run_virtual
from tests.widgets.view import RecordingComm

BODY = contract("submit_pizdaint.json")["response"]["body"]
DONE = {"stage": "SUCCESSFUL", "terminal_stage": True, "end_date": "2026-11-23T23:00:00Z"}
HOURS = 4 * 3600.0


class Date(datetime):
    """Goes with the loop's clock."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Date:
        return cls.fromtimestamp(clock().timestamp(), tz)


@pytest.fixture(autouse=True)
def _virtual_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (shared_lists, watch, view_state, persistent_panel):
        monkeypatch.setattr(module, "datetime", Date)


@pytest.fixture(autouse=True)
def _slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Local looks at a clock and a folder take no time but the test's."""
    monkeypatch.setattr(rows, "TICK", 60.0)
    monkeypatch.setattr(tracker, "RECORDS", 60.0)


class Shown:
    """A monitor's jobs and what is told of them.

    Attributes:
        is_watched: somebody may be looking.
    """

    def __init__(self, server: FaultyServer) -> None:
        self.server = server
        self.is_watched = True
        endpoint = Endpoint.parse(server.url).model_copy(update={"is_loopback": False})
        self.client = ServiceAccountClient(endpoint, "t")
        self.panel = MonitorPanel()
        self.mine = JobTracker(self.service, is_wanted=lambda: self.is_watched)
        self.rows = JobRows(self.panel, self.mine, lambda: self.is_watched)

    async def service(self) -> ServiceAccountClient:
        return self.client

    async def told_in(self, seconds: float) -> list[dict[str, Any]]:
        """The messages to the view in that time."""
        assert isinstance(self.panel.comm, RecordingComm)
        before = len(self.panel.comm.sent)
        await asyncio.sleep(seconds)
        return self.panel.comm.sent[before:]

    @property
    def lists(self) -> int:
        return sum(request.target == "/jobs/" for request in self.server.ledger)


@asynccontextmanager
async def shown(account: Account) -> AsyncIterator[Shown]:
    async with FaultyServer(account) as server:
        made = Shown(server)
        works = [made.mine.run(), made.rows.run(), made.rows.keep_time()]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await made.rows.all()
            await asyncio.sleep(10)
            yield made
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await made.client.aclose()


def test_where_nobody_looks_and_no_job_goes_on_nothing_is_told_and_nothing_is_asked() -> None:
    """Each message would count as use of the kernel, and keep it from being ended."""

    async def main() -> None:
        async with shown(Account([BODY | DONE])) as made:
            made.is_watched = False
            lists = made.lists
            assert await made.told_in(HOURS) == []
            assert made.lists == lists

    run_virtual(main())


def test_where_somebody_looks_the_time_of_the_last_look_is_told() -> None:
    async def main() -> None:
        async with shown(Account([BODY | DONE])) as made:
            checked = made.panel.condition["checked"]
            assert await made.told_in(4 * LISTS)
            assert made.panel.condition["checked"] > checked
            assert made.lists >= 4

    run_virtual(main())


def test_whoever_looks_again_is_soon_told_how_it_is() -> None:
    account = Account([BODY | DONE])

    async def main() -> None:
        async with shown(account) as made:
            made.is_watched = False
            await asyncio.sleep(HOURS)
            account.jobs.append(BODY | {"id": 2, "job_id": "0" * 8 + BODY["job_id"][8:]})
            assert await made.told_in(HOURS) == []
            made.is_watched = True
            assert await made.told_in(2 * tracker.RECORDS)
            assert len(made.panel.jobs) == 2

    run_virtual(main())


def saved_in(told: list[dict[str, Any]]) -> list[Any]:
    """The copies for a saved notebook that were sent."""
    return [said["state"]["saved"] for said in told if "saved" in said.get("state", {})]


def test_what_a_saved_notebook_shows_travels_only_as_it_changes() -> None:
    account = Account([BODY | DONE])

    async def main() -> None:
        async with shown(account) as made:
            told = await made.told_in(4 * LISTS)
            assert len(told) > 3  # when the jobs were last looked at
            assert saved_in(told) == []
            account.jobs[0] |= {"stage": "FAILED"}
            (saved,) = saved_in(await made.told_in(2 * LISTS))
            assert saved["rows"][0]["stage"] == "FAILED"

    run_virtual(main())


def test_of_many_changes_what_is_saved_travels_now_and_then_and_the_last_at_last() -> None:
    async def main() -> None:
        async with shown(Account([BODY | DONE])) as made:
            tracked = made.mine.shown()[0]

            async def change() -> None:
                for number in range(200):
                    job = tracked.job.model_copy(update={"title": f"change {number}"})
                    made.mine.table.put(tracked._replace(job=job))
                    await asyncio.sleep(0.1)

            changing = asyncio.create_task(change())
            saved = saved_in(await made.told_in(20 + 2 * rows.TICK))
            await changing
            assert 2 <= len(saved) <= 2 + 20 / SAVED_SECONDS
            assert saved[-1]["rows"][0]["title"] == "change 199"

    run_virtual(main())


def test_where_nobody_looks_a_job_that_goes_on_is_followed_and_only_its_news_are_told() -> None:
    account = Account([BODY | {"stage": "QUEUED"}])

    async def main() -> None:
        async with shown(account) as made:
            made.is_watched = False
            assert await made.told_in(HOURS) == []
            assert made.lists > HOURS / LISTS / 2
            account.jobs[0] |= DONE
            told = await made.told_in(300)
            assert [said["content"]["kind"] for said in told if said["method"] == "custom"] == [
                "changed"
            ]
            assert [job.is_over for job in made.panel.jobs] == [True]
            assert await made.told_in(HOURS) == []

    run_virtual(main(), real_seconds=60)
