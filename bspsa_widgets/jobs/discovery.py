"""Finds the user's jobs: by the service's lists, and by the records beside the notebook."""

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
from bspsa_widgets.client.bspsa.wire import Answer
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import BspsaError, ServiceFailure
from bspsa_widgets.jobs.shared_lists import JobLists, Listing, Wanted
from bspsa_widgets.jobs.table import JobTable
from bspsa_widgets.jobs.tracked_job import (
    KnownJob,
    Seen,
    date_of,
    first_seen,
    place_of,
)
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission.recovery import keep_end

log = logging.getLogger(__name__)

AT_ONCE = 200  # jobs that are taken in before others get their turn


class Scope(NamedTuple):
    """Whose jobs are looked for: of a system ("" for all), of a project ("" for all)."""

    hpc: str = ""
    project: str = ""

    def has(self, known: KnownJob) -> bool:
        """Whether a job is among them."""
        ref = known.ref
        return self.hpc in ("", ref.hpc) and self.project in ("", ref.project)

    def covers(self, other: Scope) -> bool:
        """Whether all that the other one has is in this one."""
        return self.hpc in ("", other.hpc) and self.project in ("", other.project)

    @classmethod
    def of(cls, hpc: str, project: str) -> Scope:
        """As the service spells them."""
        return cls(hpc.strip().lower(), project.strip().lower())


ALL = Scope()


class Found(NamedTuple):
    """When the lists were read. `failed`: by the label of a system that could not be."""

    at: datetime
    failed: dict[str, ServiceFailure]


class Discovery:
    """Everything runs on the loop of the table.

    Args:
        table: what is found is put there.
        see: called with each job that a list shows.
        records: beside the notebook; None: there are none.
    """

    def __init__(
        self, table: JobTable, see: Callable[[KnownJob], object], records: Records | None
    ) -> None:
        self._table = table
        self._see = see
        self._records = records
        self._lists: JobLists | None = None
        self._taken = -math.inf  # when the list that was taken last began
        self._stamp: object = None
        self._is_waiting = False  # for lists, before records tell of anything
        self._of_job: dict[str, Record] = {}  # by the job's key
        self._of_marker: dict[str, Record] = {}

    async def read_lists(
        self, client: ServiceAccountClient, scope: Scope, since: float | None = None
    ) -> Found:
        """Take a list that the scope needs, and that was not taken yet.

        Args:
            since: when it began at the earliest, by the loop's clock; None: it begins now.

        Raises:
            BspsaError: none could be had.
        """
        self._lists = JobLists.at(client.endpoint.url)
        since = None if since is None else max(since, self._not_taken)
        listing = await self._lists.read(client, *_asked_for(scope), since=since)
        return await self._take_all(listing, scope)

    async def read_newer(self, client: ServiceAccountClient, scope: Scope) -> Found | None:
        """Take a list that somebody else has read since; None where nobody has."""
        if self._lists is None:
            return None
        wanted = Wanted(await client.tokens.get(), *_asked_for(scope))
        listing = self._lists.latest(wanted, self._not_taken)
        return None if listing is None else await self._take_all(listing, scope)

    @property
    def _not_taken(self) -> float:
        """When lists began that were not taken yet."""
        return math.nextafter(self._taken, math.inf)

    async def _take_all(self, listing: Listing, scope: Scope) -> Found:
        self._taken = listing.began
        for number, job in enumerate(listing.jobs):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)  # uploads go on
            self._take(job, listing.at, scope)
        await self._keep_ends()
        if self._is_waiting:
            self._is_waiting, self._stamp = False, None
        return Found(listing.ended, listing.failed)

    def forget(self) -> None:
        """Nothing is known any more; the records are read again after the next lists."""
        self._is_waiting = True
        self._of_job, self._of_marker = {}, {}

    async def read_records(self, client: ServiceAccountClient, scope: Scope) -> bool:
        """Add what the records know, where they have changed since; whether they had."""
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
            self._take_record(record, scope)
        return True

    def _take(self, job: Job, at: datetime, scope: Scope) -> None:
        """A listed job. A look of its own that came meanwhile is the newer one."""
        marker = job.marker if job.marker in self._of_marker else ""
        found = first_seen(job, at, scope.hpc, scope.project)._replace(record=marker)
        if not scope.has(found):
            return
        known = self._table.get(found.key)
        if known is None:
            self._see(found)
        elif known.checked is None or known.checked < at:
            self._see(known.shown(job, at)._replace(record=known.record or marker))

    def _take_record(self, record: Record, scope: Scope) -> None:
        known = _known_of(record)
        if known is None or not scope.has(known):
            return
        self._of_job[known.key] = record
        old = self._table.get(known.key)
        if old is None:
            self._table.put(known)
        elif old.record != record.marker:
            self._table.put(old._replace(record=record.marker))

    async def _keep_ends(self) -> None:
        """Jobs that came to their end while nobody looked: their records tell it from now on."""
        for key, record in list(self._of_job.items()):
            known = self._table.get(key)
            if known is None or not known.job.terminal_stage or record.state != "accepted":
                continue
            await self.keep_end(known)

    async def keep_end(self, known: KnownJob) -> None:
        """Write down in its record, where there is one, that a job is over."""
        if self._records is not None and known.record and known.job.is_over:
            await keep_end(self._records, known.record, known.job)


def _asked_for(scope: Scope) -> tuple[str, str]:
    return scope.hpc, scope.project if scope.hpc else ""  # there is no list by project alone


def _known_of(record: Record) -> KnownJob | None:
    """The job of a record as it was left; None where there is none."""
    if record.job is None:
        return None
    try:
        # As strict as with the service's answers: what is on the disk goes to the view as well.
        job = Job.parse(Answer(200, "", json.dumps(record.job).encode()).json())
    except ValueError:
        return None
    job = job.model_copy(update={"end_sent": record.end_sent})
    ref = place_of(job, record.hpc, record.project)
    last = date_of(record.history[-1].at) if record.history else None
    # Where the answer told of it, that was the beginning of its first stage.
    told = record.state == "accepted" and all(e.state != "unconfirmed" for e in record.history)
    seen = (Seen(job.stage, last, is_start=told),) if last and job.is_shown else ()
    return KnownJob(
        ref,
        job,
        checked=last,
        seen=seen,
        is_settled=job.is_over,
        is_lost=not job.is_shown,
        record=record.marker,
    )


def _stamp(records: Records) -> object:
    """Changes whenever a record does; cheap, also where there are many."""
    try:
        with os.scandir(records.folder) as entries:
            return sorted(
                (entry.name, entry.stat(follow_symlinks=False).st_mtime_ns)
                for entry in entries
                if entry.name.endswith(".json")
            )
    except OSError:
        return None
