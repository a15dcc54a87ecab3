"""A panel that is closed does nothing more, and leaves no connection behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bspsa_widgets.errors import NotSent
from bspsa_widgets.runtime.event_loop import awaited, background
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.monitor.job_monitor import JobMonitor
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.faulty_server import Account, Received, Reply
from tests.widgets.conftest import MakePanel
from tests.widgets.view import FORM_NAMES, SECONDS, View, settled, until

JOB = {"id": 1, "job_id": "A-1", "title": "x", "project_hpc": "PIZDAINT", "failed": False} | {
    "project_name": "bsp_pizdaint_01",
    "stage": "RUNNING",
    "terminal_stage": False,
}
KEY = "pizdaint/bsp_pizdaint_01/A-1"


class Silent(Account):
    """Says nothing on files, from which on `asked` is set."""

    is_asked = False

    def __call__(self, request: Received) -> Reply:
        if request.target.startswith("/files/"):
            self.is_asked = True
            return Reply(cut=0, end="stall")
        return super().__call__(request)


def closed(panel: JobSubmitter | JobMonitor) -> None:
    panel.close()
    background().run(panel._leave(), "closing a panel").result(SECONDS)


def test_a_request_under_way_ends_with_the_panel(
    monitor: Callable[..., tuple[JobMonitor, View]], serve: Callable[..., Any]
) -> None:
    before = len(asyncio.all_tasks(background().loop))
    account = Silent(jobs=[JOB])
    server = serve(account)
    made, view = monitor(endpoint=server.url, token="t")
    until(made, "jobs", bool)
    view.send({"kind": "files", "id": "f", "key": KEY})
    settled(lambda: account.is_asked, "the request")
    closed(made)
    settled(lambda: len(asyncio.all_tasks(background().loop)) <= before, "the end of all work")


@pytest.mark.parametrize("kind", ["refresh", "files", "open", "log", "download", "end"])
def test_a_request_that_comes_after_the_end_of_a_monitor_asks_no_service(
    monitor: Callable[..., tuple[JobMonitor, View]], serve: Callable[..., Any], kind: str
) -> None:
    server = serve(Account(jobs=[JOB]))
    made, view = monitor(endpoint=server.url, token="t")
    until(made, "jobs", bool)
    closed(made)
    settled(lambda: not server.is_used, "the end of all connections")
    asked = len(server.ledger)
    view.send({"kind": kind, "id": "late", "key": KEY, "stream": "stdout", "what": "cancel"})
    background().run(asyncio.sleep(0.05), "a moment").result(SECONDS)
    assert len(server.ledger) == asked
    assert not server.is_used


@pytest.mark.parametrize("kind", ["submit", "again", "token", "look"])
def test_a_request_that_comes_after_the_end_of_a_panel_asks_no_service(
    panel: MakePanel, serve: Callable[..., Any], kind: str
) -> None:
    server = serve(Account())
    made = panel(endpoint=server.url, token="t")
    view = View(made)
    until(made, "connection", lambda value: value.get("state") == "connected")
    form = {name: getattr(made, name) for name in FORM_NAMES}
    closed(made)
    settled(lambda: not server.is_used, "the end of all connections")
    asked = len(server.ledger)
    view.send({"kind": kind, "id": "late", "form": form, "token": "t", "record": "nb-x"})
    background().run(asyncio.sleep(0.05), "a moment").result(SECONDS)
    assert len(server.ledger) == asked
    assert not server.is_used


def test_what_is_called_on_a_closed_panel_says_that_it_is_closed(
    panel: MakePanel,
    monitor: Callable[..., tuple[JobMonitor, View]],
    serve: Callable[..., Any],
) -> None:
    server = serve(Account(jobs=[JOB]))
    made, table = panel(endpoint=server.url, token="t"), monitor(endpoint=server.url, token="t")[0]
    closed(made)
    closed(table)
    calls: tuple[Callable[[], Coroutine[Any, Any, Any]], ...] = (
        made.submit,
        made.plan,
        table.refresh,
        table.done,
    )
    for call in calls:
        with pytest.raises(NotSent, match="closed"):
            asyncio.run(call())
    assert server.posts == 0


def test_held_work_that_comes_too_late_does_not_begin() -> None:
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)

    tasks = OwnedTasks()
    tasks.close()
    with pytest.raises(NotSent, match="closed"):
        asyncio.run(awaited(tasks.run(work(), "a test")))
    assert begun == []
