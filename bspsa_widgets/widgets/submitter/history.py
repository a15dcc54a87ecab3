"""The earlier submissions of a notebook: listed in the panel, and resumed if still open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import BspsaError, InvalidInput, NotSent, Unconfirmed
from bspsa_widgets.jobs.polling.follow import follow
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Loaded, Records
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.runtime.service_link import ServiceLink
from bspsa_widgets.submission.recovery import close, record_end, resume
from bspsa_widgets.submission.settle import SECONDS
from bspsa_widgets.submission.steps import Accepted
from bspsa_widgets.widgets.submitter import records_state, status_state
from bspsa_widgets.widgets.submitter.contract import RecordLine, Status
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.outcome_owner import OutcomeOwner

log = logging.getLogger(__name__)

TakeJob = Callable[[ServiceAccountClient, Record, Job], None]

MOST_SHOWN = 20
GATHER = 0.2  # seconds: ends of jobs within this time are written and shown together
MOST_STRANGE = 5  # files that are not our records; a shared folder may have many


class History:
    """Earlier submissions. Everything except `find` runs on the background loop.

    Args:
        panel: that shows it.
        link: its way to the service.
        records: store of the records beside the notebook.
        tasks: owner of tasks that end with the panel.
        notebook: file name of the notebook; "" if not known.
        owner: says which submission the panel's status belongs to.
        take_job: called with client, record and job to show the job in the panel.
    """

    def __init__(
        self,
        panel: FormPanel,
        link: ServiceLink,
        records: Records,
        tasks: OwnedTasks,
        *,
        notebook: str,
        owner: OutcomeOwner,
        take_job: TakeJob,
    ) -> None:
        self._panel = panel
        self._link = link
        self._records = records
        self._tasks = tasks
        self._notebook = notebook
        self._owner = owner
        self._take_job = take_job
        self._damaged: dict[str, None] = {}
        self._faults: dict[str, RecordLine] = {}  # failed background work, by its name
        self._searches: dict[str, _JobSearch] = {}  # searches of this panel, by marker
        self._ended: dict[str, Job] = {}  # by marker: ends to be written
        self._is_writing = False
        self._closing: set[str] = set()  # markers of the records that the user is closing
        self._reading = asyncio.Lock()
        self._requested = self._read_for = 0  # number of requests, and the last one that was served

    def find(self, marker: str) -> Record:
        """Return a record by its id.

        Args:
            marker: marker of the record, or its start.

        Returns:
            the record.

        Raises:
            InvalidInput: (field `record`) there is no such record.
            RecordError: it cannot be read.
        """
        return self._records.find(marker)

    async def show(self) -> None:
        """List the latest submissions in the panel. Simultaneous calls read them once."""
        self._requested = asked = self._requested + 1
        async with self._reading:
            if self._read_for < asked:
                await self._load()

    async def resume_all(self) -> None:
        """Show the notebook's last submission and resume open ones, after the kernel's start."""
        loaded = await self._load()
        latest = next((r for r in loaded.records if r.notebook == self._notebook), None)
        if latest is not None and self._owner.offer(latest.marker):
            await self._show_latest(latest)
        service = await self._service()
        for record in loaded.records:
            if service is None or not record.is_for(service.endpoint):
                continue
            if record.is_open or record.state == "prepared":
                self._tasks.run(self._resume(service, record), "looking for a job")
            elif record.state == "accepted" and record is not latest:
                self._tasks.run(self._follow_to_the_end(service, record), "following a job")

    async def search(self, marker: str) -> None:
        """Start a search for the job of an open record, and return.

        Args:
            marker: marker of the record.

        Raises:
            InvalidInput: (field `record`) there is no such record, or it belongs to another
                service.
            NotSent: no service is running, or another process is searching.
        """
        if marker in self._searches:
            self._searches[marker].now.set()
            if await self._searches[marker].is_ours:
                return
        record = await asyncio.to_thread(self._records.find, marker)
        service = await self._link.service()
        if not record.is_for(service.endpoint):
            raise InvalidInput(
                "record",
                f"It was sent to {record.endpoint}, and this panel asks {self._link.label}.",
                allowed=f'Look for it from JobSubmitter(endpoint="{record.endpoint}").',
            )
        await self._free(record.marker)
        self._tasks.run(self._resume(service, record, seconds=0.0), "looking for a job")

    async def close(self, marker: str) -> None:
        """Close an open record, after the user's confirmation: its job is not searched for.

        Args:
            marker: marker of the record.

        Raises:
            InvalidInput: (field `record`) there is no such record, it is not open, or another
                process is searching for its job.
            RecordError: it cannot be written.
        """
        record = await asyncio.to_thread(self._records.find, marker)
        self._closing.add(record.marker)  # from here on, no search of this panel takes the record
        try:
            if (search := self._searches.get(record.marker)) is not None:
                await search.stop()
            await close(self._records, record)
        finally:
            self._closing.discard(record.marker)
        if self._owner.owns(record.marker):
            self._panel._show(status=status_state.IDLE)
        await self.show()

    async def over(self, marker: str, job: Job) -> None:
        """Write to the record that its job is over.

        Args:
            marker: marker of the record.
            job: the job in its final state.
        """
        await record_end(self._records, marker, job)
        await self.show()

    async def _free(self, marker: str) -> None:
        claim = await asyncio.to_thread(self._records.claim, marker)
        if claim is None:
            raise NotSent(
                "Another panel or program is looking for this job already.",
                advice="Wait for what it finds.",
            )
        await asyncio.to_thread(claim.release)

    def tell_fault(self, name: str, error: Exception) -> None:
        """Show that background work failed; the message stays.

        Args:
            name: name of the work.
            error: its error.
        """
        said = f"{name.capitalize()}: something went wrong ({type(error).__name__}); see the log."
        line = records_state.unreadable_record(name) | {"title": "This panel", "words": said}
        self._faults[name] = line
        others = [old for old in self._panel.records if old["record"] not in self._faults]
        self._panel._show(records=[*self._faults.values(), *others])

    async def _load(self) -> Loaded:
        self._read_for = self._requested
        try:
            loaded = await asyncio.to_thread(self._records.load)
        except BspsaError as error:
            log.warning("%s", error)
            unreadable = records_state.unreadable_folder(error)
            self._panel._show(records=[*self._faults.values(), unreadable])
            return Loaded([], [])
        self._damaged |= dict.fromkeys(loaded.damaged)  # reported once, and stay shown
        damaged = [records_state.damaged_record(name) for name in self._damaged]
        left = [records_state.unreadable_record(name) for name in loaded.left]
        alone = await asyncio.to_thread(self._records.index.problem)
        here = [records_state.only_here(alone, str(self._records.folder))] if alone else []
        strange = [*self._faults.values(), *here, *damaged, *left][:MOST_STRANGE]
        lines = [records_state.record_line(record) for record in loaded.records[:MOST_SHOWN]]
        self._panel._show(records=[*strange, *lines][:MOST_SHOWN])
        return loaded

    async def _service(self) -> ServiceAccountClient | None:
        try:
            return await self._link.service()
        except BspsaError:
            return None  # the panel's header says so

    async def _show_latest(self, record: Record) -> None:
        job = record.seen_job()
        service = await self._service()
        if job is not None and service is not None and record.is_for(service.endpoint):
            self._show_job(service, record, job)

    def _show_job(self, service: ServiceAccountClient, record: Record, job: Job) -> None:
        if self._owner.owns(record.marker):
            self._take_job(service, record, job)

    async def _resume(
        self, service: ServiceAccountClient, record: Record, seconds: float = SECONDS
    ) -> None:
        marker = record.marker
        if marker in self._closing:
            return
        self._searches[marker] = search = _JobSearch()
        looks = resume(service, self._records, record, seconds=seconds, search_now=search.now)
        try:
            async with aclosing(looks) as steps:
                async for step in steps:
                    search.settle(is_ours=True)
                    if isinstance(step, Accepted):
                        others = tuple(job.job_id for job in step.others)
                        found = record.model_copy(update={"other_jobs": others})
                        self._show_job(service, found, step.job)
                        await self._follow_if_not_shown(service, marker)
                    else:
                        self._show_status(marker, status_state.looking(record, step))
        except Unconfirmed as error:
            self._show_status(marker, status_state.ended(error))
        finally:
            self._searches.pop(marker, None)
            search.settle(is_ours=False)
            await self.show()

    async def _follow_if_not_shown(self, service: ServiceAccountClient, marker: str) -> None:
        record = await asyncio.to_thread(self._records.read, marker)
        if record is not None and not self._owner.owns(marker):
            self._tasks.run(self._follow_to_the_end(service, record), "following a job")

    async def _follow_to_the_end(self, service: ServiceAccountClient, record: Record) -> None:
        job, ref = record.seen_job(), record.job_ref()
        if job is None or ref is None:
            return
        async with aclosing(follow(service, ref, job)) as looks:
            async for search in looks:
                job = search.job
        if job.is_over:
            self._ended[record.marker] = job
            if not self._is_writing:
                self._is_writing = True
                self._tasks.run(self._record_ends(), "writing down the ends of jobs")

    async def _record_ends(self) -> None:
        """Write the ends of jobs one by one, slowly during a submission: many may end together."""
        try:
            while self._ended:
                await asyncio.sleep(GATHER)
                while self._ended:
                    if self._owner.is_busy:
                        await asyncio.sleep(GATHER)
                    await record_end(self._records, *self._ended.popitem())
                await self.show()
        finally:
            self._is_writing = False

    def _show_status(self, marker: str, status: Status) -> None:
        if self._owner.owns(marker):
            self._panel._show(status=status_state.of_an_earlier_form(status))


class _JobSearch:
    """A search for a job, from the moment that it is requested.

    Attributes:
        now: set it to poll at once.
        is_ours: whether this panel is the one that searches; known a moment later.
    """

    def __init__(self) -> None:
        self.now = asyncio.Event()
        self.is_ours: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._task = asyncio.current_task()

    async def stop(self) -> None:
        """Stop the search; the record is free afterwards."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def settle(self, *, is_ours: bool) -> None:
        """Set `is_ours`, unless it is set.

        Args:
            is_ours: whether this panel is the one that searches.
        """
        if not self.is_ours.done():
            self.is_ours.set_result(is_ours)
