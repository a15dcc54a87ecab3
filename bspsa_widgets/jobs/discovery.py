"""Finds the user's jobs in the service's lists and in the submission records."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import BspsaError, ServiceFailure
from bspsa_widgets.jobs.shared_lists import JobListing, JobLists, ListRequest
from bspsa_widgets.jobs.table import JobTable
from bspsa_widgets.jobs.tracked_job import (
    SeenStage,
    TrackedJob,
    date_of,
    first_seen,
    ref_of,
)
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission.recovery import record_end

log = logging.getLogger(__name__)

AT_ONCE = 200  # jobs to take before other tasks get to run


class Scope(NamedTuple):
    """Which jobs are searched for.

    Attributes:
        hpc: id of the HPC system; "" for all.
        project: id of the project; "" for all.
    """

    hpc: str = ""
    project: str = ""

    def has(self, tracked: TrackedJob) -> bool:
        """Return whether a job belongs to the scope.

        Args:
            tracked: the job.

        Returns:
            True if it does.
        """
        ref = tracked.ref
        return self.hpc in ("", ref.hpc) and self.project in ("", ref.project)

    def covers(self, other: Scope) -> bool:
        """Return whether this scope contains all of another one.

        Args:
            other: the other scope.

        Returns:
            True if it does.
        """
        return self.hpc in ("", other.hpc) and self.project in ("", other.project)

    @classmethod
    def of(cls, hpc: str, project: str) -> Scope:
        """Return a scope with the names in the service's spelling (lower case, trimmed).

        Args:
            hpc: id of the HPC system; "" for all.
            project: id of the project; "" for all.

        Returns:
            the scope.
        """
        return cls(hpc.strip().lower(), project.strip().lower())


ALL = Scope()


class Found(NamedTuple):
    """Result of reading the lists.

    Attributes:
        at: when they were read.
        failed: errors by the label of the system whose jobs could not be listed.
    """

    at: datetime
    failed: dict[str, ServiceFailure]


class Discovery:
    """Fills a table with the jobs from lists and records. Runs on the table's event loop.

    Args:
        table: table that gets the jobs.
        update: called with each job that a list shows.
        records: store of the records beside the notebook; None if there is none.
    """

    def __init__(
        self, table: JobTable, update: Callable[[TrackedJob], object], records: Records | None
    ) -> None:
        self._table = table
        self._update = update
        self._records = records
        self._lists: JobLists | None = None
        self._taken = -math.inf  # start of the last list that was taken
        self._stamp: object = None
        self._is_waiting = False  # lists have to be read before the records
        self._of_job: dict[str, Record] = {}  # by the job's key
        self._of_marker: dict[str, Record] = {}

    async def read_lists(
        self, client: ServiceAccountClient, scope: Scope, since: float | None = None
    ) -> Found:
        """Read the jobs of a scope from a list that was not taken yet.

        Args:
            client: client of the service.
            scope: which jobs.
            since: earliest start of the list by the loop's clock, in seconds; None: begin a new
                one.

        Returns:
            when the lists were read, and what failed.

        Raises:
            BspsaError: no list could be read.
        """
        self._lists = JobLists.at(client.endpoint.url)
        since = None if since is None else max(since, self._not_taken)
        listing = await self._lists.read(client, *_list_arguments(scope), since=since)
        return await self._apply_listing(listing, scope)

    async def read_newer(self, client: ServiceAccountClient, scope: Scope) -> Found | None:
        """Take a list that another part of the program has read since.

        Args:
            client: client of the service.
            scope: which jobs.

        Returns:
            when it was read, and what failed; None if there is no newer list.
        """
        if self._lists is None:
            return None
        wanted = ListRequest(await client.tokens.get(), *_list_arguments(scope))
        listing = self._lists.latest(wanted, self._not_taken)
        return None if listing is None else await self._apply_listing(listing, scope)

    @property
    def _not_taken(self) -> float:
        """Earliest start of a list that was not taken yet."""
        return math.nextafter(self._taken, math.inf)

    async def _apply_listing(self, listing: JobListing, scope: Scope) -> Found:
        self._taken = listing.began
        for number, job in enumerate(listing.jobs):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)  # let uploads continue
            self._apply_job(job, listing.at, scope)
        await self._record_ends()
        if self._is_waiting:
            self._is_waiting, self._stamp = False, None
        return Found(listing.ended, listing.failed)

    def forget(self) -> None:
        """Forget all records; they are read again after the next lists."""
        self._is_waiting = True
        self._of_job, self._of_marker = {}, {}

    async def read_records(self, client: ServiceAccountClient, scope: Scope) -> bool:
        """Add the jobs of the records if the records have changed.

        Args:
            client: client of the service.
            scope: which jobs.

        Returns:
            whether they had changed.
        """
        if self._records is None or self._is_waiting:
            return False
        stamp = (client.endpoint.url, scope, await asyncio.to_thread(_stamp, self._records))
        if stamp == self._stamp:
            return False
        try:
            loaded = await asyncio.to_thread(self._records.load)
        except BspsaError as error:
            log.warning("%s", error)
            return False
        self._stamp = stamp
        ours = [record for record in loaded.records if record.is_for(client.endpoint)]
        self._of_marker = {record.marker: record for record in ours}
        self._of_job = {}
        for record in ours:
            self._apply_record(record, scope)
        return True

    def _apply_job(self, job: Job, at: datetime, scope: Scope) -> None:
        """Take a job from a list, unless a later poll has read it already."""
        marker = job.marker if job.marker in self._of_marker else ""
        found = first_seen(job, at, scope.hpc, scope.project)._replace(record=marker)
        if not scope.has(found):
            return
        tracked = self._table.get(found.key)
        if tracked is None:
            self._update(found)
        elif tracked.checked is None or tracked.checked < at:
            self._update(tracked.shown(job, at)._replace(record=tracked.record or marker))

    def _apply_record(self, record: Record, scope: Scope) -> None:
        tracked = _tracked_of(record)
        if tracked is None or not scope.has(tracked):
            return
        self._of_job[tracked.key] = record
        old = self._table.get(tracked.key)
        if old is None:
            self._table.put(tracked)
        elif old.record != record.marker:
            self._table.put(old._replace(record=record.marker))

    async def _record_ends(self) -> None:
        """Write to the records which jobs ended while nothing followed them."""
        for key, record in list(self._of_job.items()):
            tracked = self._table.get(key)
            if tracked is None or not tracked.job.terminal_stage or record.state != "accepted":
                continue
            await self.record_end(tracked)

    async def record_end(self, tracked: TrackedJob) -> None:
        """Write to a job's record, if there is one, that the job is over.

        Args:
            tracked: the job.
        """
        if self._records is not None and tracked.record and tracked.job.is_over:
            await record_end(self._records, tracked.record, tracked.job)


def _list_arguments(scope: Scope) -> tuple[str, str]:
    return scope.hpc, scope.project if scope.hpc else ""  # there is no list by project alone


def _tracked_of(record: Record) -> TrackedJob | None:
    """Return the job as a record describes it; None if it has none."""
    if record.job is None:
        return None
    try:
        # Parsed as strictly as responses: what is on disk is shown in the view, too.
        job = Job.parse(ServiceResponse(200, "", json.dumps(record.job).encode()).json())
    except ValueError:
        return None
    job = job.model_copy(update={"end_sent": record.end_sent})
    ref = ref_of(job, record.hpc, record.project)
    last = date_of(record.history[-1].at) if record.history else None
    # If the response contained the job, its first stage began then.
    told = record.state == "accepted" and all(e.state != "unconfirmed" for e in record.history)
    seen = (SeenStage(job.stage, last, is_start=told),) if last and job.is_shown else ()
    return TrackedJob(
        ref,
        job,
        checked=last,
        seen=seen,
        is_settled=job.is_over,
        is_lost=not job.is_shown,
        record=record.marker,
    )


def _stamp(records: Records) -> object:
    """Return a value that changes whenever a record does; cheap even for many records."""
    try:
        with os.scandir(records.folder) as entries:
            return sorted(
                (entry.name, entry.stat(follow_symlinks=False).st_mtime_ns)
                for entry in entries
                if entry.name.endswith(".json")
            )
    except OSError:
        return None
