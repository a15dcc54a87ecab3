"""The log that is open in the view: followed while its job is running."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from itertools import count
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.errors import BspsaError, Stopped
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.logs.follow import LogSnapshot, follow_log, read_log
from bspsa_widgets.runtime.event_loop import Result
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.base.messages import BROKEN
from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.monitor.contract import Log
from bspsa_widgets.widgets.monitor.log_changes import LogChanges, log_state

log = logging.getLogger(__name__)

MOST_LINES = 100_000  # maximum that the view may request


class _Following(NamedTuple):
    """What is followed (key of the job, stream, number of lines), and its task."""

    asked: tuple[str, Stream, int]
    first: asyncio.Future[LogChanges]
    work: Result[None]


class OpenLog:
    """The open log. Runs on the background loop.

    Args:
        panel: that shows it.
        tasks: work that ends with the panel.
    """

    def __init__(self, panel: Panel, tasks: OwnedTasks) -> None:
        self._panel = panel
        self._tasks = tasks
        self._following: _Following | None = None
        self._revisions = count(1)

    async def open(
        self,
        service: ServiceAccountClient,
        tracked: TrackedJob,
        stream: Stream,
        lines: int,
        *,
        whole: bool,
    ) -> Log:
        """Return a log, and send changes from now on.

        If this log is followed already, it stays so: a reloaded page, a second one, or one that has
        missed a change gets the whole log as it is now.

        Args:
            service: client of the service that has the job.
            tracked: the tracked job.
            stream: which stream.
            lines: how many of the last lines.
            whole: read the whole log once, and do not follow it.

        Returns:
            the log, without the id of a request.

        Raises:
            BspsaError: another log was opened before the first read was complete.
        """
        lines = max(1, min(lines, MOST_LINES))
        asked = (tracked.key, stream, lines)
        now = self._following
        if whole or now is None or now.asked != asked or now.work.done():
            self.close()
            if whole or tracked.job.terminal_stage:
                args = (service, tracked.ref, tracked.job, stream)
                return log_state(tracked.key, await read_log(*args, lines=lines, whole=whole))
            now = self._following = self._begin(service, tracked, stream, lines)
        return (await asyncio.shield(now.first)).whole()

    def close(self) -> None:
        """Stop following the log."""
        if self._following is not None:
            self._following.work.cancel()
            self._following = None

    def _begin(
        self, service: ServiceAccountClient, tracked: TrackedJob, stream: Stream, lines: int
    ) -> _Following:
        first: asyncio.Future[LogChanges] = asyncio.get_running_loop().create_future()
        work = self._tasks.run(
            self._follow(service, tracked, stream, lines, first), "following a log"
        )
        return _Following((tracked.key, stream, lines), first, work)

    async def _follow(
        self,
        service: ServiceAccountClient,
        tracked: TrackedJob,
        stream: Stream,
        lines: int,
        first: asyncio.Future[LogChanges],
    ) -> None:
        last: LogSnapshot | None = None
        try:
            looks = follow_log(service, tracked.ref, tracked.job, stream, lines=lines)
            async with aclosing(looks) as looks:
                async for last in looks:
                    self._tell(tracked.key, last, first)
        except asyncio.CancelledError:
            if not first.done():
                first.set_exception(Stopped("Another log was opened before this one came."))
            raise
        except Exception as error:
            if not isinstance(error, BspsaError):
                log.exception("following a log broke")
            problem = str(error) if isinstance(error, BspsaError) else BROKEN
            last = last or LogSnapshot(stream, "")
            self._tell(tracked.key, last._replace(problem=problem), first)

    def _tell(self, key: str, look: LogSnapshot, first: asyncio.Future[LogChanges]) -> None:
        if first.done():
            self._panel.send(first.result().changes(look))
        else:
            first.set_result(LogChanges(key, look, self._revisions))
