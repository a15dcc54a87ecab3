"""A panel whose output is gone: pages forget it, what it promised goes on, and it comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from ipywidgets import HBox, Layout
from ipywidgets.widgets import widget

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.widgets.base import messages, views
from bspsa_widgets.widgets.monitor.job_monitor import JobMonitor
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.cli.server import Server
from tests.faulty_server import Account
from tests.widgets.conftest import MakePanel
from tests.widgets.view import SECONDS, View, settled, until

Serve = Callable[..., Server]
MakeMonitor = Callable[..., tuple[JobMonitor, View]]

JOB = {"id": 1, "job_id": "A-1", "title": "x", "project_hpc": "PIZDAINT", "failed": False} | {
    "project_name": "bsp_pizdaint_01",
    "stage": "RUNNING",
    "terminal_stage": False,
}
DONE = {"stage": "SUCCESSFUL", "terminal_stage": True}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "GONE_SECONDS", 0.0)


def is_out(panel: JobSubmitter | JobMonitor) -> bool:
    return panel.comm is None


def tasks() -> int:
    return len(asyncio.all_tasks(background().loop))


def gone(panel: JobSubmitter | JobMonitor, view: View | None = None) -> None:
    """Its cell runs again."""
    view = view or View(panel)
    view.request("hello")
    view.leave(is_gone=True)
    settled(lambda: is_out(panel), "leaving the pages")


def connected(panel: JobSubmitter | JobMonitor) -> None:
    until(panel, "connection", lambda value: value.get("state") == "connected")


def test_nothing_is_left_of_a_panel_whose_cell_ran_again(panel: MakePanel, serve: Serve) -> None:
    before, known = tasks(), len(widget._instances)
    server = serve(Account())
    made = panel(endpoint=server.url, token="t")
    connected(made)
    gone(made)
    settled(lambda: tasks() <= before, "the end of all work")
    settled(lambda: not server.is_used, "the end of all connections")
    assert len(widget._instances) == known


def test_nothing_is_left_of_a_monitor_whose_cell_ran_again(
    monitor: MakeMonitor, serve: Serve
) -> None:
    before, known = tasks(), len(widget._instances)
    server = serve(Account(jobs=[JOB]))
    made, view = monitor(endpoint=server.url, token="t")
    until(made, "jobs", bool)
    view.request("open", key="pizdaint/bsp_pizdaint_01/A-1")
    gone(made, view)
    settled(lambda: tasks() <= before, "the end of all work")
    settled(lambda: not server.is_used, "the end of all connections")
    assert len(widget._instances) == known


def test_a_panel_that_is_shown_again_is_back_as_it_is_by_then(
    panel: MakePanel, serve: Serve
) -> None:
    made = panel(endpoint=serve(Account()).url, token="t")
    connected(made)
    name = made.model_id
    gone(made)
    made.title = "set meanwhile"
    bundle = made._repr_mimebundle_()
    assert bundle is not None
    shown = bundle[0]["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert shown == name
    view = View(made)
    assert view.request("browse", path="")["kind"] == "listing"
    assert made.get_state()["title"] == "set meanwhile"
    assert made.layout.comm is not None
    gone(made, view)  # and again


def test_a_panel_that_is_put_into_a_box_is_back(panel: MakePanel, serve: Serve) -> None:
    made = panel(endpoint=serve(Account()).url, token="t")
    connected(made)
    gone(made)
    box = HBox([made])
    assert box.get_state()["children"] == [f"IPY_MODEL_{made.comm.comm_id}"]
    box.close()


def test_a_monitor_that_is_used_or_shown_again_is_live(monitor: MakeMonitor, serve: Serve) -> None:
    account = Account(jobs=[JOB | DONE])
    made, view = monitor(endpoint=serve(account).url, token="t")
    until(made, "jobs", lambda jobs: len(jobs) == 1)
    gone(made, view)
    account.jobs.append(JOB | DONE | {"id": 2, "job_id": "B-2"})
    assert len(asyncio.run(made.refresh())) == 2
    gone_again = shown_again(made)
    account.jobs.append(JOB | {"id": 3, "job_id": "C-3"})
    asyncio.run(made.refresh())
    until(made, "jobs", lambda jobs: len(jobs) == 3)
    assert len(gone_again.request("rows")["rows"]) == 3


def shown_again(made: JobSubmitter | JobMonitor) -> View:
    """It is shown once more."""
    made._repr_mimebundle_()
    return View(made)


def test_where_the_notebook_was_closed_it_stays_for_when_it_is_opened_again(
    panel: MakePanel, serve: Serve
) -> None:
    made = panel(endpoint=serve(Account()).url, token="t")
    connected(made)
    view = View(made)
    view.request("hello")
    view.leave()
    background().run(asyncio.sleep(0.05), "a moment").result(SECONDS)
    assert not is_out(made)


def test_a_view_that_fell_silent_holds_a_panel_for_a_while_only(
    panel: MakePanel, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the other one was reloaded, and could not say so."""
    monkeypatch.setattr(messages, "CHECK_SECONDS", 0.01)
    made = panel(endpoint=serve(Account()).url, token="t")
    connected(made)
    View(made).request("hello")
    view = View(made)
    view.request("hello")
    view.leave(is_gone=True)
    background().run(asyncio.sleep(0.05), "a moment").result(SECONDS)
    assert not is_out(made)
    monkeypatch.setattr(views, "WATCHED_SECONDS", 0.0)
    settled(lambda: is_out(made), "leaving the pages")


def test_a_cell_that_is_moved_shows_it_all_the_time(
    panel: MakePanel, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "GONE_SECONDS", 0.1)
    made = panel(endpoint=serve(Account()).url, token="t")
    connected(made)
    View(made).leave(is_gone=True)
    View(made).request("hello")
    background().run(asyncio.sleep(0.3), "a moment").result(SECONDS)
    assert not is_out(made)


def test_a_job_of_a_panel_that_is_gone_is_followed_to_its_end(
    panel: MakePanel, serve: Serve
) -> None:
    account = Account()
    server = serve(account)
    ended: list[Job] = []
    made = panel(endpoint=server.url, token="t", on_done=ended.append)
    asyncio.run(made.submit())
    gone(made)
    account.jobs[0] |= DONE
    assert asyncio.run(made.done()).outcome == "succeeded"
    settled(lambda: [job.outcome for job in ended] == ["succeeded"], "the call of on_done")
    settled(lambda: made._records.load().records[0].state == "over", "the record of the end")
    settled(lambda: not server.is_used, "the end of all connections")


def test_a_submission_of_a_panel_that_is_gone_goes_on(panel: MakePanel, serve: Serve) -> None:
    server = serve(Account(), held=True)
    made = panel(endpoint=server.url, token="t")
    connected(made)
    going = made._start("tell")
    assert server.posted.wait(SECONDS)
    gone(made)
    server.release()
    assert going.result(SECONDS).job_id
    assert server.posts == 1


def test_a_monitor_with_a_function_to_call_goes_on(monitor: MakeMonitor, serve: Serve) -> None:
    account = Account(jobs=[dict(JOB)])
    ended: list[Job] = []
    made, view = monitor(endpoint=serve(account).url, token="t", on_done=ended.append)
    until(made, "jobs", bool)
    gone(made, view)
    account.jobs[0] |= DONE
    settled(lambda: [job.outcome for job in ended] == ["succeeded"], "the call of on_done")


def test_a_layout_of_the_users_is_left_alone(panel: MakePanel, serve: Serve) -> None:
    layout = Layout(width="50%")
    made = panel(endpoint=serve(Account()).url, token="t", layout=layout)
    connected(made)
    gone(made)
    assert layout.comm is not None
    layout.close()


def test_one_that_the_user_closed_says_what_to_do_as_it_is_shown_again(
    panel: MakePanel, monitor: MakeMonitor, serve: Serve
) -> None:
    server: Any = serve(Account())
    for made in (panel(endpoint=server.url, token="t"), monitor(endpoint=server.url, token="t")[0]):
        made.close()
        assert made._repr_mimebundle_ is None
        assert "closed; make a new one" in repr(made)
