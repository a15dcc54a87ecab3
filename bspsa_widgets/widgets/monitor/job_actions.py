"""What can be done with one job of the monitor: found, awaited, read, cancelled, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import poll_job
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.errors import InvalidInput, JobUnread, NotFound
from bspsa_widgets.jobs import cancel
from bspsa_widgets.jobs.cancel import EndResult
from bspsa_widgets.jobs.tracked_job import TrackedJob, first_seen
from bspsa_widgets.jobs.tracker import JobTracker
from bspsa_widgets.logs.follow import LogSnapshot, read_log
from bspsa_widgets.records.store import Records, records_folder
from bspsa_widgets.results.api import fetch_results, results_place
from bspsa_widgets.runtime.service_link import ServiceLink
from bspsa_widgets.submission.recovery import record_end_sent
from bspsa_widgets.widgets.monitor.contract import Details
from bspsa_widgets.widgets.monitor.details import details_of, record_state
from bspsa_widgets.widgets.monitor.diagnosis import Diagnosis

SHORTEST = 4  # minimum length of a part of an id


class JobActions:
    """Actions on one job. Everything except `find` runs on the background loop.

    Args:
        link: the way to the service.
        mine: all jobs.
        records: store of the records beside the notebook.
        root: base of the folders for results.
    """

    def __init__(self, link: ServiceLink, mine: JobTracker, records: Records, root: Path) -> None:
        self._link = link
        self._mine = mine
        self._records = records
        self._root = root
        self._diagnosis = Diagnosis()

    def find(self, wanted: Job | str) -> TrackedJob:
        """Return a job as known now.

        Args:
            wanted: a job, also one that is not shown here; its id or key; or the start or end of
                its id.

        Returns:
            the tracked job.

        Raises:
            InvalidInput: (field `job`) there is none, or more than one.
        """
        if isinstance(wanted, Job):
            tracked = first_seen(wanted, datetime.now(UTC))
            return self._mine.table.get(tracked.key) or tracked
        if (found := self._mine.table.get(wanted)) is not None:
            return found
        text = wanted.strip().upper()
        jobs = self._mine.table.jobs() if len(text) >= SHORTEST else ()
        ids = [(tracked.ref.job_id, tracked) for tracked in jobs]
        hits = [tracked for job_id, tracked in ids if job_id == text]
        hits = hits or [k for job_id, k in ids if job_id.startswith(text) or job_id.endswith(text)]
        if len(hits) == 1:
            return hits[0]
        problem = f"{len(hits)} jobs go by" if hits else "There is no job"
        raise InvalidInput(
            "job", f"{problem} {wanted!r:.60} here.", allowed="Their ids are in `monitor.jobs`."
        )

    async def service(self) -> ServiceAccountClient:
        """Return the client of the current service.

        Returns:
            the client.

        Raises:
            NotSent: "local" was named, and no local service is running.
        """
        return await self._link.service()

    def place(self, tracked: TrackedJob) -> str:
        """Return the folder for a job's results.

        Args:
            tracked: the tracked job.

        Returns:
            path relative to the root.
        """
        return results_place(tracked.job, self._root).relative_to(self._root).as_posix()

    async def describe(self, tracked: TrackedJob) -> Details:
        """Return all details of a job that are known.

        Args:
            tracked: the tracked job.

        Returns:
            the details, without the id of a request.
        """
        details = details_of(tracked, self.place(tracked))
        record = (
            await asyncio.to_thread(self._records.read, tracked.record) if tracked.record else None
        )
        details["cause"] = self._diagnosis.cause(tracked)
        details["input"] = self._diagnosis.input(tracked)
        if record is not None:
            usual = self._records.folder == records_folder(self._root)
            named = "" if usual else str(self._records.folder)
            details["record"] = record_state(record, named)
        return details

    async def diagnose(self, tracked: TrackedJob) -> bool:
        """Check what takes a while to find out: the cause of a failure, and the input.

        Args:
            tracked: the tracked job.

        Returns:
            whether more is known now.
        """
        if not tracked.record and tracked.job.outcome != "failed":
            return False
        record = (
            await asyncio.to_thread(self._records.read, tracked.record) if tracked.record else None
        )
        return await self._diagnosis.look(await self.service(), tracked, record)

    async def end(
        self, tracked: TrackedJob, what: cancel.What, *, unread: bool = False
    ) -> EndResult:
        """Cancel or delete a job, after the user's confirmation; see `cancel.end`.

        Args:
            tracked: the tracked job.
            what: "cancel" or "delete".
            unread: send the request even if it may delete a job whose state is not known.

        Returns:
            the result.

        Raises:
            JobUnread: the request may delete the job, and `unread` is False.
            BspsaError: the HPC system did not do it, or it is not known whether it did.
        """
        try:
            ended = await cancel.end(await self.service(), tracked.ref, what, unread=unread)
        except JobUnread:  # the details ask again, and say what may be lost
            look = await poll_job(await self.service(), tracked.ref, tracked.job)
            table = self._mine.table
            table.put((table.get(tracked.key) or tracked).after_poll(look))
            raise
        if tracked.record and ended.was_sent:
            await record_end_sent(self._records, tracked.record, what)
        self._mine.update(
            self._mine.table.get(tracked.key) or tracked, ended.job, datetime.now(UTC)
        )
        return ended

    async def done(self, wanted: Job | str) -> Job:
        """Wait until a job is over.

        Args:
            wanted: the job; see `find`.

        Returns:
            the job as last read.

        Raises:
            InvalidInput: there is no such job.
            NotFound: the job is not in the table any more, because the service has changed.
            BspsaError: the jobs could not be read.
        """
        await self._reading()
        tracked = self.find(wanted)
        end = await self._mine.settled(tracked.key)
        if end is None:
            raise NotFound(
                f"The job {tracked.ref.job_id} is not in the table any more.", status=404
            )
        return end.job

    async def all_done(self) -> tuple[Job, ...]:
        """Wait until all jobs of the table are over, but for those that the service does not show.

        Returns:
            the jobs as last read.

        Raises:
            BspsaError: the jobs could not be read.
        """
        await self._reading()
        ends = [
            tracked if tracked.is_lost else await self._mine.settled(tracked.key)
            for tracked in self._mine.shown()
        ]
        return tuple(end.job for end in ends if end is not None)

    async def _reading(self) -> None:
        """Wait until the lists were read for the first time."""
        if self._mine.reading.state == "loading":
            await self._mine.refresh()
        if self._mine.reading.state == "failed" and self._mine.reading.problem is not None:
            raise self._mine.reading.problem

    async def log(self, tracked: TrackedJob, stream: Stream, lines: int) -> LogSnapshot:
        """Return the last lines of what a job has printed.

        Args:
            tracked: the tracked job.
            stream: "stdout" or "stderr".
            lines: how many of the last lines.

        Returns:
            the lines.
        """
        return await read_log(await self.service(), tracked.ref, tracked.job, stream, lines=lines)

    async def download(
        self,
        tracked: TrackedJob,
        names: Collection[str],
        folder: str | Path | None,
        *,
        overwrite: bool,
    ) -> list[Path]:
        """Download results of a job, one file after the other.

        Args:
            tracked: the tracked job.
            names: names as the service lists them; none for all.
            folder: target folder; None for the job's own.
            overwrite: whether existing files may be replaced.

        Returns:
            paths of the files.

        Raises:
            BspsaError: a file was not downloaded completely.
        """
        return await fetch_results(
            await self.service(),
            tracked.ref,
            self._root,
            seen=tracked.job,
            names=names,
            folder=folder,
            overwrite=overwrite,
        )
