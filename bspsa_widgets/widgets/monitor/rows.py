"""Sends rows of jobs and their changes to the view, and updates the traits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

from bspsa_widgets.jobs.table import Changes
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.jobs.tracker import JobTracker
from bspsa_widgets.widgets.monitor import view_state
from bspsa_widgets.widgets.monitor.contract import Changed, Condition, JobRow, Rows
from bspsa_widgets.widgets.monitor.panel import MonitorPanel, MonitorValues

AT_ONCE = 200  # rows to make before other tasks get to run
MOST_SAVED = 50  # rows in a saved notebook
TICK = 5.0  # seconds between two updates of the time of the last poll
SAVED_SECONDS = 5.0  # minimum between two saved copies of about 25 kB each


class JobRows:
    """Rows of the table. Runs on the background loop.

    Args:
        panel: that shows them.
        mine: the jobs.
        is_watched: returns whether the user may be looking at a view. If not, changes of time only
            are not sent.
    """

    def __init__(
        self, panel: MonitorPanel, mine: JobTracker, is_watched: Callable[[], bool] = lambda: True
    ) -> None:
        self._panel = panel
        self._mine = mine
        self._is_watched = is_watched
        self._rows: dict[str, JobRow] = {}
        self._revision = 0  # shows the view whether it has missed a change
        self._is_asked = False
        self._condition = view_state.LOADING  # state of the jobs, without faults
        self._faults: dict[str, str] = {}  # type of the error by the name of the work
        self._save_due = 0.0
        self._is_save_owed = False

    async def run(self) -> None:
        """Send changes until cancelled."""
        async with aclosing(self._mine.table.changes()) as changes:
            async for change in changes:
                await self._tell(change)

    async def keep_time(self) -> None:
        """Update the time of the last poll, and the saved copy, until cancelled."""
        while True:
            await asyncio.sleep(TICK)
            if self._is_save_owed:
                self.show()
            if not self._is_watched():
                continue
            now = view_state.condition_of(self._mine.reading, self._mine.shown())
            if self._condition["checked"] != now["checked"]:
                self._condition = self._condition | {"checked": now["checked"]}
                self._panel._show(condition=self._told())

    async def all(self) -> Rows:
        """Return all rows, and send changes from now on.

        Returns:
            the rows, without the id of a request.
        """
        self._is_asked = True
        new = [tracked for tracked in self._mine.table.jobs() if tracked.key not in self._rows]
        await self._make(new)
        rows = list(self._rows.values())
        return {"kind": "rows", "id": "", "revision": self._revision, "rows": rows}

    def show(self) -> None:
        """Update the traits from the jobs and their state."""
        shown = self._mine.shown()
        self._condition = view_state.condition_of(self._mine.reading, shown)
        told: MonitorValues = {
            "jobs": tuple(tracked.job for tracked in shown),
            "condition": self._told(),
        }
        told.update(self._saved([view_state.row_of(tracked) for tracked in shown[:MOST_SAVED]]))
        if self._is_watched() or self._is_news(told):
            self._panel._show(**told)

    def _saved(self, rows: list[JobRow]) -> MonitorValues:
        """Return the trait `saved` if it is due; otherwise `keep_time` sets it later."""
        if rows == self._panel.saved["rows"]:
            self._is_save_owed = False
            return {}
        now = asyncio.get_running_loop().time()
        self._is_save_owed = now < self._save_due
        if self._is_save_owed:
            return {}
        self._save_due = now + SAVED_SECONDS
        return {"saved": view_state.saved_of(rows, self._mine.reading)}

    def _is_news(self, told: MonitorValues) -> bool:
        """Return whether more has changed than the time of the last poll."""
        old = {name: getattr(self._panel, name) for name in told}
        checked = old["condition"]["checked"]
        return bool(old != told | {"condition": told["condition"] | {"checked": checked}})

    def tell_fault(self, name: str, error: Exception) -> None:
        """Show that background work failed; the message stays.

        Args:
            name: name of the work.
            error: its error.
        """
        self._faults[name] = type(error).__name__
        self._panel._show(condition=self._told())

    def _told(self) -> Condition:
        return view_state.with_faults(self._condition, self._faults)

    async def _tell(self, change: Changes) -> None:
        rows = await self._make(change.jobs)
        for key in change.gone:
            self._rows.pop(key, None)
        if self._is_asked and (rows or change.gone):
            self._revision += 1
            changed: Changed = {
                "kind": "changed",
                "id": "",
                "revision": self._revision,
                "rows": rows,
                "gone": list(change.gone),
            }
            self._panel.send(changed)
        self.show()

    async def _make(self, jobs: Sequence[TrackedJob]) -> list[JobRow]:
        rows = []
        for number, tracked in enumerate(jobs):
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)  # let uploads continue
            rows.append(view_state.row_of(tracked))
        self._rows |= {row["key"]: row for row in rows}
        return rows
