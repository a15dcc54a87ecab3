"""All jobs of the user, live: found by lists and records, the open ones followed together."""

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
from bspsa_widgets.jobs.following import OpenJobs
from bspsa_widgets.jobs.table import JobTable
from bspsa_widgets.jobs.tracked_job import KnownJob
from bspsa_widgets.records.store import Records

log = logging.getLogger(__name__)

# Seconds between two readings of the lists. Each makes the real service ask the HPC system
# for every open job of the user before it answers.
LISTS, LISTS_HERE = 300.0, 30.0
AFTER_A_FAILURE = 30.0  # doubled with each further one, up to the above
# Between two light questions (`GET /quotas/` asks no HPC system) to a service that was away.
BACK, BACK_HERE = 30.0, 2.0
RECORDS = 2.0  # between two looks at the folder of the records; nothing is asked for that
FRESH = 10.0  # age of a list that does for a first one, and for one that is due


class Reading(NamedTuple):
    """How it stands with what is shown.

    Attributes:
        state: "loading" before the first lists; "live"; "old": the lists could not be read
            again; "failed": nothing could be had.
        at: when the lists were last read. failed: by the label of a system whose list
            could not be. problem: why none could be.
    """

    state: Literal["loading", "live", "old", "failed"] = "loading"
    at: datetime | None = None
    failed: dict[str, ServiceFailure] = {}  # noqa: RUF012  (never changed)
    problem: BspsaError | None = None


class MyJobs:
    """Everything runs on one event loop.

    Args:
        service: gives the client of the service in use; it may change.
        records: beside the notebook; None: there are none.
        scope: which jobs are looked for; set it anew and `refresh`.
        on_end: told each job that ends while it is followed.
        on_reading: told why the lists could not be read, or None, each time.
        is_wanted: whether anybody wants to know of new jobs. If not, and no job goes on, the
            lists are not read.

    Attributes:
        table: the jobs. reading: how it stands with them.
    """

    def __init__(
        self,
        service: Callable[[], Awaitable[ServiceAccountClient]],
        records: Records | None = None,
        *,
        scope: Scope = ALL,
        on_end: Callable[[KnownJob], object] = lambda known: None,
        on_reading: Callable[[BspsaError | None], object] = lambda problem: None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.table = JobTable()
        self.reading = Reading()
        self.scope = scope
        self._service = service
        self._tell_end = on_end
        self._tell_reading = on_reading
        self._is_wanted = is_wanted
        self._open = OpenJobs(self.table, self._ended, self._looked)
        self._found = Discovery(self.table, self._open.see, records)
        self._url = ""
        self._failures = 0
        self._due = 0.0
        self._away: bool | None = None  # the service does not answer at all; None: to be asked
        self._ask_due = 0.0
        self._is_stopped = False
        self._refreshing: asyncio.Task[None] | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it is cancelled: find, follow, and look again now and then."""
        self._is_stopped = False
        try:
            while True:
                await self._share(asyncio.get_running_loop().time() - FRESH)
                await self._until_due()
        finally:
            await self.stop()

    async def refresh(self) -> Reading:
        """Read records and lists now. Who asks meanwhile shares the answer."""
        return await self._share(None)

    async def _share(self, since: float | None) -> Reading:
        if self._is_stopped:
            return self.reading
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh(since))
        await asyncio.shield(self._refreshing)
        return self.reading

    async def forget(self) -> None:
        """Drop the jobs of a service that has gone; should it come back, its lists have them."""
        await self._open.stop()
        self.table.clear()
        self._found.forget()
        if self.reading.problem is not None:
            self.reading = Reading("failed", problem=self.reading.problem)
        self.table.touch()

    async def stop(self) -> None:
        """Nothing is asked any more once this returns, whoever wants it."""
        self._is_stopped = True
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        await self._open.stop()
        await asyncio.gather(*self._writing, return_exceptions=True)

    def shown(self) -> tuple[KnownJob, ...]:
        """The jobs of the scope; newest first."""
        found = [known for known in self.table.jobs() if self.scope.has(known)]
        found.sort(key=lambda known: known.job.order, reverse=True)
        return tuple(found)

    @property
    def following(self) -> int:
        """How many jobs are followed."""
        return len(self._open)

    def see(self, known: KnownJob, job: Job, at: datetime) -> None:
        """Take what was seen of a job elsewhere, for example after a cancel."""
        self._open.see(known.shown(job, at))
        if not self._is_stopped:
            self._open.follow_all()

    async def settled(self, key: str) -> KnownJob | None:
        """Wait until a job is over; None where the table has it no more."""
        while (known := self.table.get(key)) is not None and not known.is_settled:
            await self.table.beyond(self.table.revision)
        return known

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
        self.reading = Reading("live", found.at, found.failed)
        self.table.touch()
        self._tell_reading(None)

    def _failed(self, error: BspsaError) -> None:
        log.info("the jobs could not be listed: %s", type(error).__name__)
        asked = error.retry_after if isinstance(error, ServiceFailure) else None
        self._wait(max(asked or 0.0, min(AFTER_A_FAILURE * 2**self._failures, LISTS)))
        self._failures = min(self._failures + 1, 10)
        self._away = None
        self._ask_due = asyncio.get_running_loop().time() + (asked or 0.0)
        state: Literal["old", "failed"] = "old" if len(self.table) else "failed"
        self.reading = Reading(state, self.reading.at, problem=error)
        self.table.touch()
        self._tell_reading(error)

    def _wait(self, seconds: float) -> None:
        self._due = asyncio.get_running_loop().time() + seconds

    async def _until_due(self) -> None:
        """Until the lists are due, and wanted; a job that a record tells of is taken up before."""
        while (left := self._due - asyncio.get_running_loop().time()) > 0 or not self._has_use():
            await asyncio.sleep(min(RECORDS, left) if left > 0 else RECORDS)
            await self._look_around()
            if self._away is not False and self._has_use():
                await self._ask_whether_back()

    async def _ask_whether_back(self) -> None:
        """The lists are due as soon as the service answers again.

        Not where it has answered all the time: then it is the lists that fail, or one job.
        """
        if (now := asyncio.get_running_loop().time()) < self._ask_due:
            return
        try:
            client = await self._service()
            self._ask_due = now + (BACK_HERE if client.endpoint.is_loopback else BACK)
            await client.quotas()
        except BspsaError as error:
            if self.reading.problem is None:
                self._failed(error)
            self._away = True
        except Exception:
            # Told in the log alone: the next look asks again, and the lists must go on.
            log.exception("asking whether the service is back failed")
        else:
            if self._away:
                self._due = 0.0
            self._away = False

    def _has_use(self) -> bool:
        """Whether the lists may tell anybody anything."""
        return self._is_wanted() or any(
            not (known.is_settled or known.is_lost) for known in self.table.jobs()
        )

    async def _look_around(self) -> None:
        """At the records, and at lists that others have read."""
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

    def _looked(self, problem: BspsaError | None) -> None:
        """Where a look at a job fails, the service itself may be away."""
        if problem is not None and not isinstance(problem, NotFound) and self._away is False:
            self._away = None

    def _ended(self, known: KnownJob) -> None:
        self._later(self._found.keep_end(known))
        self._tell_end(known)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_logged(work))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:
        log.exception("the end of a job could not be written into its record")
