"""Tracks all jobs of the user: finds them in lists and records, and follows the open ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, Literal, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure
from bspsa_widgets.jobs.discovery import ALL, Discovery, Found, Scope
from bspsa_widgets.jobs.following import JobFollowing
from bspsa_widgets.jobs.table import JobTable
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.records.store import Records

log = logging.getLogger(__name__)

# Seconds between two readings of the lists. For each, the real service asks the HPC system
# about every open job of the user before it answers.
LISTS, LISTS_HERE = 300.0, 30.0
AFTER_A_FAILURE = 30.0  # doubled with each further one, up to the above
# Seconds between two checks whether a service is back (`GET /quotas/`: asks no HPC system).
BACK, BACK_HERE = 30.0, 2.0
RECORDS = 2.0  # seconds between two reads of the records' folder; sends no request
FRESH = 10.0  # maximum age in seconds of a list that is taken instead of a new one


class ListState(NamedTuple):
    """State of the job lists.

    Attributes:
        state: "loading": not read yet. "live": up to date. "old": could not be read again.
            "failed": could not be read at all.
        at: when the lists were last read.
        failed: errors by the label of the system whose jobs could not be listed.
        problem: why no list could be read.
    """

    state: Literal["loading", "live", "old", "failed"] = "loading"
    at: datetime | None = None
    failed: dict[str, ServiceFailure] = {}  # noqa: RUF012  (never changed)
    problem: BspsaError | None = None


class JobTracker:
    """Tracks the user's jobs. All calls must run on one event loop.

    Args:
        service: returns the client of the current service, which may change.
        records: store of the records beside the notebook; None if there is none.
        scope: which jobs are searched for; after a change, call `refresh`.
        on_end: called with each job that ends while it is followed.
        on_reading: called after each reading of the lists with its error, or None.
        is_wanted: returns whether new jobs are of interest. If not, and no job is open, the lists
            are not read.

    Attributes:
        table: the jobs.
        reading: state of the job lists.
    """

    def __init__(
        self,
        service: Callable[[], Awaitable[ServiceAccountClient]],
        records: Records | None = None,
        *,
        scope: Scope = ALL,
        on_end: Callable[[TrackedJob], object] = lambda tracked: None,
        on_reading: Callable[[BspsaError | None], object] = lambda problem: None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.table = JobTable()
        self.reading = ListState()
        self.scope = scope
        self._service = service
        self._report_end = on_end
        self._report_lists = on_reading
        self._is_wanted = is_wanted
        self._open = JobFollowing(self.table, self._on_job_over, self._on_poll)
        self._found = Discovery(self.table, self._open.update, records)
        self._url = ""
        self._failures = 0
        self._due = 0.0
        self._away: bool | None = None  # the service does not answer at all; None: not known
        self._check_due = 0.0
        self._is_stopped = False
        self._refreshing: asyncio.Task[None] | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Find and follow jobs until cancelled."""
        self._is_stopped = False
        try:
            while True:
                await self._share(asyncio.get_running_loop().time() - FRESH)
                await self._until_due()
        finally:
            await self.stop()

    async def refresh(self) -> ListState:
        """Read records and lists now. Simultaneous callers share one reading.

        Returns:
            state of the lists.
        """
        return await self._share(None)

    async def _share(self, since: float | None) -> ListState:
        if self._is_stopped:
            return self.reading
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh(since))
        await asyncio.shield(self._refreshing)
        return self.reading

    async def forget(self) -> None:
        """Remove all jobs, for example of a service that is not available any more."""
        await self._open.stop()
        self.table.clear()
        self._found.forget()
        if self.reading.problem is not None:
            self.reading = ListState("failed", problem=self.reading.problem)
        self.table.touch()

    async def stop(self) -> None:
        """Stop all requests; none is sent after this returns."""
        self._is_stopped = True
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        await self._open.stop()
        await asyncio.gather(*self._writing, return_exceptions=True)

    def shown(self) -> tuple[TrackedJob, ...]:
        """Return the jobs of the scope, newest first.

        Returns:
            the jobs.
        """
        found = [tracked for tracked in self.table.jobs() if self.scope.has(tracked)]
        found.sort(key=lambda tracked: tracked.job.order, reverse=True)
        return tuple(found)

    @property
    def following(self) -> int:
        """Number of jobs that are followed."""
        return len(self._open)

    def update(self, tracked: TrackedJob, job: Job, at: datetime) -> None:
        """Take a job's state that was read elsewhere, for example after a cancel.

        Args:
            tracked: the tracked job.
            job: its new state.
            at: when it was read.
        """
        self._open.update(tracked.shown(job, at))
        if not self._is_stopped:
            self._open.follow_all()

    async def settled(self, key: str) -> TrackedJob | None:
        """Wait until a job is over.

        Args:
            key: key of the job.

        Returns:
            the job; None if it was removed from the table.
        """
        while (tracked := self.table.get(key)) is not None and not tracked.is_settled:
            await self.table.beyond(self.table.revision)
        return tracked

    async def _refresh(self, since: float | None) -> None:
        try:
            client = await self._service()
            await self._use(client)
            await self._found.read_records(client, self.scope)
            self._open.follow_all()  # the lists may take minutes
            found = await self._found.read_lists(client, self.scope, since)
        except BspsaError as error:
            self._failed(error)
        except Exception as error:
            log.exception("reading the jobs failed")
            self._failed(ServiceFailure(f"Something went wrong ({type(error).__name__})."))
        else:
            self._read(client, found)
        self._open.follow_all()

    async def _use(self, client: ServiceAccountClient) -> None:
        if self._url not in ("", client.endpoint.url):
            self.table.clear()
        self._url = client.endpoint.url
        await self._open.use(client)

    def _read(self, client: ServiceAccountClient, found: Found) -> None:
        self._failures = 0
        self._away = False
        self._wait(LISTS_HERE if client.endpoint.is_loopback else LISTS)
        self.reading = ListState("live", found.at, found.failed)
        self.table.touch()
        self._report_lists(None)

    def _failed(self, error: BspsaError) -> None:
        log.info("the jobs could not be listed: %s", type(error).__name__)
        asked = error.retry_after if isinstance(error, ServiceFailure) else None
        self._wait(max(asked or 0.0, min(AFTER_A_FAILURE * 2**self._failures, LISTS)))
        self._failures = min(self._failures + 1, 10)
        self._away = None
        self._check_due = asyncio.get_running_loop().time() + (asked or 0.0)
        state: Literal["old", "failed"] = "old" if len(self.table) else "failed"
        self.reading = ListState(state, self.reading.at, problem=error)
        self.table.touch()
        self._report_lists(error)

    def _wait(self, seconds: float) -> None:
        self._due = asyncio.get_running_loop().time() + seconds

    async def _until_due(self) -> None:
        """Wait until the lists have to be read; meanwhile take new records."""
        while (left := self._due - asyncio.get_running_loop().time()) > 0 or not self._has_use():
            await asyncio.sleep(min(RECORDS, left) if left > 0 else RECORDS)
            await self._check_for_changes()
            if self._away is not False and self._has_use():
                await self._check_whether_back()

    async def _check_whether_back(self) -> None:
        """Read the lists as soon as the service answers again.

        Does nothing if it has answered all the time: then only the lists fail, or one job.
        """
        if (now := asyncio.get_running_loop().time()) < self._check_due:
            return
        try:
            client = await self._service()
            self._check_due = now + (BACK_HERE if client.endpoint.is_loopback else BACK)
            await client.quotas()
        except BspsaError as error:
            if self.reading.problem is None:
                self._failed(error)
            self._away = True
        except Exception:
            # Only logged: the next check asks again, and the loop must go on.
            log.exception("asking whether the service is back failed")
        else:
            if self._away:
                self._due = 0.0
            self._away = False

    def _has_use(self) -> bool:
        """Return whether reading the lists can bring anything new."""
        return self._is_wanted() or any(
            not (tracked.is_settled or tracked.is_lost) for tracked in self.table.jobs()
        )

    async def _check_for_changes(self) -> None:
        """Take changed records, and lists that others have read."""
        if self._is_stopped:
            return
        try:
            client = await self._service()
            if client.endpoint.url != self._url:
                self._due = 0.0
                return
            await self._found.read_records(client, self.scope)
            if (found := await self._found.read_newer(client, self.scope)) is not None:
                self._read(client, found)
            self._open.follow_all()
        except BspsaError:
            return  # no service runs; the next reading says so
        except Exception:
            log.exception("looking for new jobs failed")

    def _on_poll(self, problem: BspsaError | None) -> None:
        """Check the service itself after a poll that failed."""
        if problem is not None and not isinstance(problem, NotFound) and self._away is False:
            self._away = None

    def _on_job_over(self, tracked: TrackedJob) -> None:
        self._later(self._found.record_end(tracked))
        self._report_end(tracked)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_logged(work))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:
        log.exception("the end of a job could not be written into its record")
