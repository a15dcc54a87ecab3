"""All jobs of the user as a widget model: shown, followed, downloaded and ended.

It translates between traits, messages and the jobs, and decides nothing itself. Work runs on the
background loop; traits are set from there, which ipywidgets allows, so observers of `jobs` and the
like are called on that thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from pathlib import Path
from typing import Any, TypeVar, overload

from ipywidgets import Layout

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.domain.systems import find_system
from bspsa_widgets.errors import JobUnread
from bspsa_widgets.jobs.dataframe import job_frame
from bspsa_widgets.jobs.discovery import Scope
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.jobs.tracker import JobTracker
from bspsa_widgets.logs.follow import LINES, LogSnapshot
from bspsa_widgets.records.store import Records, records_in
from bspsa_widgets.runtime.event_loop import Result, awaited
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.tokens import GivenToken
from bspsa_widgets.widgets.base.account_status import AccountStatus
from bspsa_widgets.widgets.base.callbacks import OnDone
from bspsa_widgets.widgets.base.connected_panel import ConnectedPanel
from bspsa_widgets.widgets.base.upkeep import Upkeep
from bspsa_widgets.widgets.monitor.downloads import Downloads
from bspsa_widgets.widgets.monitor.files import JobFiles
from bspsa_widgets.widgets.monitor.job_actions import JobActions
from bspsa_widgets.widgets.monitor.open_job import OpenJob
from bspsa_widgets.widgets.monitor.open_log import OpenLog
from bspsa_widgets.widgets.monitor.panel import MonitorPanel
from bspsa_widgets.widgets.monitor.requests import MonitorParts, MonitorRequests
from bspsa_widgets.widgets.monitor.rows import JobRows

Value = TypeVar("Value")

QUOTA_SECONDS = 2.0  # delay after a job's end: read the quotas once if many end together


class JobMonitor(ConnectedPanel, MonitorPanel):
    """A table of your jobs that stays up to date, wherever they were submitted.

    Args:
        hpc: `pizdaint` or `nsg`; "" for all.
        project: id of the project; "" for all.
        endpoint: address of the service, "local", or a `LocalService`. None: a local service
            started in this kernel, else `BSPSA_ENDPOINT`, else the public service.
        token: a token, or a function that returns one. None: see `bspsa_widgets.tokens`.
        trusted: further endpoints that may receive an EBRAINS token.
        root: the notebook's directory, base of the folders for results; None: the current one.
        records: folder of the submission records; None: `BSPSA_RECORDS`, else `.bspsa` in `root`.
        on_done: function called with each job that ends; see the method.
        layout: layout of the widget, as for every ipywidget.

    Attributes:
        jobs: the jobs shown, newest first, as a tuple of `Job`.
        selected: key of the selected job, "hpc/project/ID"; "" for none.
        condition: state of the table (`widgets.monitor.contract.Condition`).

    Raises:
        InvalidInput: (field `endpoint` or `hpc`) the value is not valid.

    Example:
        >>> import asyncio
        >>> from bspsa_widgets import LocalService
        >>> monitor = JobMonitor(endpoint=LocalService())
        >>> asyncio.run(monitor.refresh()) == monitor.jobs
        True
        >>> monitor.close()
    """

    def __init__(
        self,
        hpc: str = "",
        project: str = "",
        *,
        endpoint: str | LocalService | None = None,
        token: GivenToken | None = None,
        trusted: Collection[str] = (),
        root: str | Path | None = None,
        records: str | Path | None = None,
        on_done: OnDone | None = None,
        layout: Layout | dict[str, Any] | None = None,
    ) -> None:
        self._root = Path(root or Path.cwd()).expanduser().resolve()
        self._connect(endpoint, token, trusted, on_done)
        self._quotas: Result[None] | None = None
        more = {} if layout is None else {"layout": layout}
        super().__init__(hpc=find_system(hpc).id if hpc else "", project=project, **more)
        self._make_parts(records_in(records, self._root))
        self.on_msg(self._requests.on_message)
        self.observe(self._on_scope, ("hpc", "project"))
        self._tasks.run(self._account.connect(), "connecting")
        self._upkeep.begin()

    def _make_parts(self, records: Records) -> None:
        self._account = AccountStatus(self, self._link, self._tasks)
        self._mine = mine = JobTracker(
            self._link.service,
            records,
            scope=Scope.of(self.hpc, self.project),
            on_end=self._ended,
            on_reading=self._account.learned,
            is_wanted=self._is_wanted,
        )
        self._rows = JobRows(self, mine, self._is_watched)
        self._actions = JobActions(self._link, mine, records, self._root)
        files = JobFiles(self._root)
        self._parts = MonitorParts(
            mine,
            self._rows,
            self._actions,
            OpenJob(self, mine, self._tasks, self._actions, self._is_watched),
            OpenLog(self, self._tasks),
            files,
            Downloads(self, files, self._root),
            self.use_token,
        )
        self._requests = MonitorRequests(self, self._tasks, self._parts)
        self._upkeep = Upkeep(
            ("showing your jobs", self._rows.run),
            ("showing your jobs", self._rows.keep_time),
            ("following your jobs", mine.run),
            on_fault=self._show_fault,
        )

    def __repr__(self) -> str:
        return f"<JobMonitor of {len(self.jobs)} jobs at {self._link.label}{self._end}>"

    def job(self, id: str) -> Job:
        """Return a job as known now.

        Args:
            id: id of the job, or its start or end.

        Returns:
            the job.

        Raises:
            InvalidInput: (field `job`) there is none, or more than one.
        """
        return self._actions.find(id).job

    async def refresh(self) -> tuple[Job, ...]:
        """Read the job lists now.

        Returns:
            the jobs shown, newest first.

        Raises:
            BspsaError: no list could be read.
        """
        return await self._do(self._refresh(), "reading your jobs")

    def to_frame(self) -> Any:
        """Return the jobs shown as a pandas.DataFrame; see `bspsa_widgets.jobs.dataframe`.

        Returns:
            the DataFrame.

        Raises:
            BspsaError: pandas is not installed.
        """
        return job_frame(self._mine.shown())

    @overload
    async def done(self, job: Job | str) -> Job: ...

    @overload
    async def done(self, job: None = None) -> tuple[Job, ...]: ...

    async def done(self, job: Job | str | None = None) -> Job | tuple[Job, ...]:
        """Wait until a job is over, or all jobs of the table.

        A job that the service does not show any more may still run: the wait goes on until it is
        shown again, and is over. If all jobs are awaited, those that the service does not show at
        the time of the call are skipped.

        Args:
            job: a job, or its id; None for all jobs of the table.

        Returns:
            the job, or all jobs, as last read.

        Raises:
            InvalidInput: there is no such job.
            NotFound: the job is not in the table any more, because the service has changed.
            BspsaError: the jobs could not be read.
        """
        if job is None:
            return await self._do(self._actions.all_done(), "waiting for your jobs")
        return await self._do(self._actions.done(job), "waiting for a job")

    async def log(
        self, job: Job | str, stream: Stream = "stderr", *, lines: int = LINES
    ) -> LogSnapshot:
        """Return the last lines of what a job has printed, as a terminal would show them.

        Args:
            job: a job, or its id.
            stream: "stdout" or "stderr".
            lines: how many of the last lines.

        Returns:
            the lines.

        Raises:
            BspsaError: there is no such job.
        """
        work = self._actions.log(self._actions.find(job), stream, lines)
        return await self._do(work, "reading a log")

    async def download(
        self,
        job: Job | str,
        *names: str,
        folder: str | Path | None = None,
        overwrite: bool = False,
    ) -> list[Path]:
        """Download results of a job, one file after the other.

        Args:
            job: a job, or its id.
            folder: target folder; None for `results/<title>-<end of the id>` below the root.
            overwrite: whether existing files may be replaced.
            *names: names as the service lists them; none for all.

        Returns:
            paths of the files.

        Raises:
            BspsaError: there is no such job, or a file was not downloaded completely.
        """
        work = self._actions.download(self._actions.find(job), names, folder, overwrite=overwrite)
        return await self._do(work, "download")

    async def cancel(self, job: Job | str, *, unread: bool = False) -> Job:
        """Cancel a job; nothing happens to one that is over.

        Args:
            job: a job, or its id.
            unread: send the request even if it is not known whether the job is over. On NSG, a job
                that is over is then deleted with its files there.

        Returns:
            the job as the service shows it afterwards.

        Raises:
            JobUnread: it is not known whether the job is over, and `unread` is False; nothing was
                sent.
            BspsaError: there is no such job, or the HPC system did not cancel it, or it is not
                known whether it did.
        """
        work = self._actions.end(self._actions.find(job), "cancel", unread=unread)
        # Goes on if the cell is interrupted: a request that was sent cannot be taken back.
        try:
            return (await awaited(self._tasks.run(work, "cancelling a job"))).job
        except JobUnread as error:
            advice = "To cancel it all the same: cancel(job, unread=True)."
            raise JobUnread(error.message, risk=error.risk, advice=advice) from None

    # --- on the background loop ---------------------------------------------------------

    def _take_callback(self) -> None:
        self._wake()

    def _is_watched(self) -> bool:
        return self._requests.views.is_watched

    def _is_wanted(self) -> bool:
        """Return whether to look for new jobs, also if none is running.

        Not after the pages that showed the panel are closed; without a page, always.
        """
        views = self._requests.views
        return views.is_watched or not views.was_shown or len(self._notices) > 0

    async def _refresh(self) -> tuple[Job, ...]:
        reading = await self._mine.refresh()
        self._rows.show()
        if reading.problem is not None:
            raise reading.problem
        return tuple(tracked.job for tracked in self._mine.shown())

    async def _use_token(self, token: str) -> None:
        await super()._use_token(token)
        await self._mine.refresh()

    def _ended(self, tracked: TrackedJob) -> None:
        if tracked.job.is_over:
            self._notices.tell(tracked.job)
        if self._quotas is None or self._quotas.done():  # they have changed
            self._quotas = self._tasks.run(self._read_quotas(), "reading the quotas")

    async def _read_quotas(self) -> None:
        await asyncio.sleep(QUOTA_SECONDS)
        await self._account.connect()

    def _on_scope(self, _change: object) -> None:
        """Read the jobs of the new scope; set in Python or by the view, on any thread."""
        self._tasks.run(self._rescope(Scope.of(self.hpc, self.project)), "choosing jobs")

    async def _rescope(self, scope: Scope) -> None:
        old, self._mine.scope = self._mine.scope, scope
        self._rows.show()
        if not old.covers(scope):
            await self._mine.refresh()

    async def _do(self, work: Coroutine[Any, Any, Value], name: str) -> Value:
        self._wake()
        return await awaited(self._tasks.run(work, name), or_cancel=True)

    # --- the end ------------------------------------------------------------------------

    def _show_fault(self, name: str, error: Exception) -> None:
        """Show an error of background work that has no other place."""
        self._rows.tell_fault(name, error)

    async def _rest(self) -> None:
        """Release what is not needed, after downloads, waits and `on_done` are finished."""
        self._parts.log.close()
        self._parts.opened.leave()
        await self._tasks.alone()
        if self._is_out and not len(self._notices):
            await self._upkeep.end()
            await self._link.rest()

    async def _leave(self) -> None:
        self._parts.downloads.stop()
        await self._upkeep.end()
        await self._tasks.cancel()
        await self._link.aclose()
