"""What can be done with one job of the monitor: found, described, cancelled, deleted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import look_at
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import InvalidInput, JobUnread
from bspsa_widgets.jobs import cancel
from bspsa_widgets.jobs.cancel import Ended
from bspsa_widgets.jobs.tracked_job import KnownJob, first_seen
from bspsa_widgets.jobs.tracker import MyJobs
from bspsa_widgets.records.store import Records, records_folder
from bspsa_widgets.results.api import results_place
from bspsa_widgets.runtime.service_link import Link
from bspsa_widgets.submission.recovery import keep_end_sent
from bspsa_widgets.widgets.monitor.details import details_of, record_state
from bspsa_widgets.widgets.monitor.diagnosis import CloserLook

SHORTEST = 4  # signs of an id that may stand for all of it


class JobDesk:
    """Everything but `find` runs on the background loop.

    Args:
        link: the way to the service. mine: all jobs. records: beside the notebook.
        root: where results go to.
    """

    def __init__(self, link: Link, mine: MyJobs, records: Records, root: Path) -> None:
        self._link = link
        self._mine = mine
        self._records = records
        self._root = root
        self._closer = CloserLook()

    def find(self, wanted: Job | str) -> KnownJob:
        """A job as it is known now.

        Args:
            wanted: a job, also one that is not shown here; or its id or key, or how the id
                begins or ends.

        Raises:
            InvalidInput: of field `job`: there is none, or more than one.
        """
        if isinstance(wanted, Job):
            known = first_seen(wanted, datetime.now(UTC))
            return self._mine.table.get(known.key) or known
        if (found := self._mine.table.get(wanted)) is not None:
            return found
        text = wanted.strip().upper()
        jobs = self._mine.table.jobs() if len(text) >= SHORTEST else ()
        ids = [(known.ref.job_id, known) for known in jobs]
        hits = [known for job_id, known in ids if job_id == text]
        hits = hits or [k for job_id, k in ids if job_id.startswith(text) or job_id.endswith(text)]
        if len(hits) == 1:
            return hits[0]
        problem = f"{len(hits)} jobs go by" if hits else "There is no job"
        raise InvalidInput(
            "job", f"{problem} {wanted!r:.60} here.", allowed="Their ids are in `monitor.jobs`."
        )

    async def service(self) -> ServiceAccountClient:
        """Raises NotSent: "local" was named, and no local service runs."""
        return await self._link.service()

    def place(self, known: KnownJob) -> str:
        """Where its results go, relative to the root."""
        return results_place(known.job, self._root).relative_to(self._root).as_posix()

    async def describe(self, known: KnownJob) -> dict[str, Any]:
        """The view's `Details`, without its id."""
        details = details_of(known, self.place(known))
        record = await asyncio.to_thread(self._records.read, known.record) if known.record else None
        details["cause"] = self._closer.cause(known)
        details["input"] = self._closer.input(known)
        if record is not None:
            usual = self._records.folder == records_folder(self._root)
            named = "" if usual else str(self._records.folder)
            details["record"] = record_state(record, named)
        return details

    async def look_closer(self, known: KnownJob) -> bool:
        """Ask the service for what takes a while; whether there is more to describe then."""
        if not known.record and known.job.outcome != "failed":
            return False
        record = await asyncio.to_thread(self._records.read, known.record) if known.record else None
        return await self._closer.look(await self.service(), known, record)

    async def end(self, known: KnownJob, what: cancel.What, *, unread: bool = False) -> Ended:
        """Cancel or delete it, on the user's word; see `ending.end`."""
        try:
            ended = await cancel.end(await self.service(), known.ref, what, unread=unread)
        except JobUnread:  # the details are to ask again, and to say what may be lost
            look = await look_at(await self.service(), known.ref, known.job)
            table = self._mine.table
            table.put((table.get(known.key) or known).looked_at(look))
            raise
        if known.record and ended.was_sent:
            await keep_end_sent(self._records, known.record, what)
        self._mine.see(self._mine.table.get(known.key) or known, ended.job, datetime.now(UTC))
        return ended
