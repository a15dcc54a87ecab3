"""The job that is open in the view: its details are sent whenever they change."""

from __future__ import annotations

from collections.abc import Callable

from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.jobs.tracker import JobTracker
from bspsa_widgets.runtime.event_loop import Result
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.monitor.contract import Details
from bspsa_widgets.widgets.monitor.job_actions import JobActions
from bspsa_widgets.widgets.monitor.panel import MonitorPanel


class OpenJob:
    """Details of the open job. Runs on the background loop.

    Args:
        panel: that shows it.
        mine: all jobs.
        tasks: work that ends with the panel.
        actions: actions on a job, which return its details.
        is_watched: returns whether the user may be looking at a view; see `JobRows`.
    """

    def __init__(
        self,
        panel: MonitorPanel,
        mine: JobTracker,
        tasks: OwnedTasks,
        actions: JobActions,
        is_watched: Callable[[], bool] = lambda: True,
    ) -> None:
        self._panel = panel
        self._mine = mine
        self._tasks = tasks
        self._actions = actions
        self._is_watched = is_watched
        self._key = ""
        self._watching: Result[None] | None = None

    async def open(self, tracked: TrackedJob) -> Details:
        """Return the details of a job, and send changes from now on.

        Args:
            tracked: the tracked job.

        Returns:
            the details, without the id of a request.
        """
        self.leave()
        self._key = tracked.key
        details = await self._actions.describe(tracked)
        if self._key == tracked.key and self._watching is None:
            work = self._watch(tracked, details)
            self._watching = self._tasks.run(work, "watching an open job")
        return details

    def close(self, key: str) -> None:
        """Stop sending changes of a job, unless another one is open by now.

        Args:
            key: key of the job.
        """
        if key == self._key:
            self.leave()

    def leave(self) -> None:
        """Stop sending changes of any job."""
        self._key = ""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self, told: TrackedJob, details: Details) -> None:
        table = self._mine.table
        last: TrackedJob | None = None
        while True:
            revision = table.revision
            now = table.get(told.key) or told
            if now is not last:
                last = now
                details = await self._tell(now, details)
                if await self._actions.diagnose(now):
                    details = await self._tell(now, details)
            await table.beyond(revision)

    async def _tell(self, tracked: TrackedJob, told: Details) -> Details:
        details = await self._actions.describe(tracked)
        if details == told or not (self._is_watched() or _is_news(details, told)):
            return told
        self._panel.send(details)
        return details


def _is_news(details: Details, told: Details) -> bool:
    """Return whether more has changed than the time of the last poll."""
    return details | {"view": details["view"] | {"checked": ""}} != told | {
        "view": told["view"] | {"checked": ""}
    }
