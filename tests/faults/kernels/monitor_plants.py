"""Faults in the work of a monitor, and where each of them is shown."""

from __future__ import annotations

import asyncio
import pkgutil
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest import mock

from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.widgets.base.messages import BROKEN
from bspsa_widgets.widgets.monitor.job_monitor import JobMonitor
from tests.cli.server import Server
from tests.faults.figures import Case
from tests.faults.kernels.overheard import FAULT, fails
from tests.faults.sending import TOKEN
from tests.faulty_server import Account, contract
from tests.widgets.view import SECONDS, View, settled, until

BODY = contract("submit_pizdaint.json")["response"]["body"]
RUNNING = {"stage": "RUNNING"}
DONE = {"stage": "SUCCESSFUL", "terminal_stage": True}
FAILED = {"stage": "FAILED", "terminal_stage": True, "failed": True}
KEY = f"pizdaint/bsp_pizdaint_01/{BODY['job_id']}"
TICK = "bspsa_widgets.widgets.monitor.rows.TICK"
LOG = {"key": KEY, "stream": "stderr", "lines": 10, "whole": False}

Ask = Literal["", "choose", "open", "log", "end", "cancel"]


class MonitorPlant(NamedTuple):
    """A fault in one piece of work of a monitor.

    Attributes:
        name: of the work. target: what raises; "" for a function of the user's.
        state: of the condition that tells of it; "" where the open log does.
        ask: what the person does. job: how its job is.
        is_late: all goes well until the monitor shows its job, or the first of a log.
    """

    name: str
    target: str
    state: Literal["live", "old", ""]
    ask: Ask = ""
    job: dict[str, Any] = DONE
    is_late: bool = False


PLANTS = (
    MonitorPlant("following your jobs", "jobs.tracker.JobFollowing.follow_all", "old"),
    MonitorPlant("following your jobs", "jobs.tracker.JobTracker._until_due", "old"),
    MonitorPlant("showing your jobs", "widgets.monitor.view_state.row_of", "old"),
    MonitorPlant(
        "showing your jobs", "widgets.monitor.view_state.condition_of", "old", is_late=True
    ),
    MonitorPlant("choosing jobs", "jobs.discovery.Scope.covers", "live", "choose"),
    MonitorPlant(
        "watching an open job", "widgets.monitor.diagnosis.Diagnosis.look", "live", "open", FAILED
    ),
    MonitorPlant("following a log", "widgets.monitor.open_log.follow_log", "", "log", RUNNING),
    MonitorPlant("following a log", "logs.follow._JobState.wait", "", "log", RUNNING, is_late=True),
    MonitorPlant("cancelling a job", "jobs.cancel.end", "live", "cancel", RUNNING),
    MonitorPlant("a function given to on_done", "", "live", "end", RUNNING),
)


class Fault:
    """Takes the place of a function: does what that does, and raises while it `is_on`."""

    def __init__(self, plant: MonitorPlant) -> None:
        self.is_on = threading.Event()
        self._target = f"bspsa_widgets.{plant.target}" if plant.target else ""
        if not plant.is_late:
            self.is_on.set()

    def planted(self) -> AbstractContextManager[object]:
        if not self._target:
            return nullcontext()
        real: Callable[..., Any] = pkgutil.resolve_name(self._target)

        def faulty(*arguments: Any, **options: Any) -> Any:
            if self.is_on.is_set():
                raise RuntimeError(FAULT)
            return real(*arguments, **options)

        return mock.patch(self._target, faulty)


def play(case: Case, plant: MonitorPlant, home: Path) -> None:
    """One case; the records of `home` are empty."""
    fault = Fault(plant)
    with (
        Server(Account([BODY | plant.job])) as server,
        mock.patch(TICK, 0.05),  # seconds: nobody waits for the true ones
        fault.planted(),
    ):
        monitor = JobMonitor(
            endpoint=server.url, token=TOKEN, root=home, records=home / "records", on_done=fails
        )
        try:
            _play(case, plant, monitor, server, fault)
        finally:
            monitor.close()
            background().run(monitor._leave(), "closing a panel").result(SECONDS)


def _play(
    case: Case, plant: MonitorPlant, monitor: JobMonitor, server: Server, fault: Fault
) -> None:
    view = View(monitor)
    if plant.ask or plant.is_late:
        until(monitor, "condition", lambda now: now["state"] == "live")
        until(monitor, "jobs", len)
    if plant.ask == "log":
        _log(case, plant, view, fault)
        return
    fault.is_on.set()
    match plant.ask:
        case "choose":
            view.change(hpc="nsg")
        case "open":
            view.request("open", key=KEY)
        case "end":
            server.account.jobs[0] |= DONE
        case "cancel":
            raised = asyncio.run(_raised(monitor.cancel(BODY["job_id"])))
            case.check(isinstance(raised, RuntimeError), f"the cell is told {raised!r}")
    _condition(case, plant, monitor, fault)


async def _raised(work: Awaitable[object]) -> Exception | None:
    """What the cell that awaits it is told."""
    try:
        await work
    except Exception as error:
        return error
    return None


def _log(case: Case, plant: MonitorPlant, view: View, fault: Fault) -> None:
    """The fault is told in the first answer, or in what comes after it."""
    answer = view.request("log", **LOG)
    told = answer["problem"]
    if plant.is_late:
        case.check(not told, f"the first look has failed already: {told}")
        fault.is_on.set()
        settled(lambda: _pushed(view), "the end of the log")
        told = _pushed(view)[-1]["problem"]
    case.check(told == BROKEN, f"{plant.name} ({plant.target}) is not shown: {told!r}")


def _pushed(view: View) -> list[dict[str, Any]]:
    return [said for said in view.comm.custom() if said["kind"] == "log_changed"]


def _condition(case: Case, plant: MonitorPlant, monitor: JobMonitor, fault: Fault) -> None:
    """It is told, and is told still once the jobs are shown anew."""
    words = f"{plant.name.capitalize()}: something went wrong (RuntimeError)"
    try:
        until(monitor, "condition", lambda now: words in now["message"])
        fault.is_on.clear()
        asyncio.run(_again(monitor))
        until(monitor, "condition", lambda now: now["state"] == plant.state)
    except AssertionError as error:
        case.wrong(f"{plant.name} ({plant.target}) is not shown: {error}")
    case.check(words in monitor.condition["message"], f"it is not told any more: {plant}")


async def _again(monitor: JobMonitor) -> None:
    async def shown() -> None:
        monitor._rows.show()

    await asyncio.wrap_future(background().run(shown(), "showing the jobs anew"))
