"""Runs one submission: validate, pack, check the token, record, send once, confirm.

The panel, Python and the command line all use this flow. It runs on one event loop; packing and
disk writes run in worker threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.archive import SealedArchive, archive_name
from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.marker import new_marker
from bspsa_widgets.domain.payload import Advice, JobForm, JobRequest, check_form
from bspsa_widgets.errors import BspsaError, InvalidForm, InvalidInput, Stopped
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.manifest import Manifest
from bspsa_widgets.packaging.seal import seal
from bspsa_widgets.packaging.selection import NO_CHOICE, Selection, select
from bspsa_widgets.packaging.temporary_zip import remove_zip
from bspsa_widgets.packaging.zip.packer import PackingProgress, ReportProgress
from bspsa_widgets.records import messages
from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.records.record import KeptArchive, Provenance, Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.records.writer import RecordWriter
from bspsa_widgets.submission import messages as words
from bspsa_widgets.submission.checks import check_archive_name, check_choice, weigh, with_main_file
from bspsa_widgets.submission.folder_facts import facts
from bspsa_widgets.submission.phase import Cancellation, SubmissionPhase
from bspsa_widgets.submission.proofs import AccountChecks
from bspsa_widgets.submission.provenance import provenance
from bspsa_widgets.submission.send import JobSender, hold
from bspsa_widgets.submission.settle import SECONDS
from bspsa_widgets.submission.steps import (
    Checked,
    Locked,
    Packed,
    Packing,
    Prepared,
    Repeats,
    Step,
)
from bspsa_widgets.threads import begun, to_end, to_its_end

Value = TypeVar("Value")


class Submission:
    """Submission of one folder as one job; `steps()` may be used once.

    Args:
        client: client of the service to submit to.
        form: the form's values as the user left them.
        folder: the folder to send.
        records: store for the submission's record.
        choice: paths that the user included or excluded.
        repeat: what to do if an identical job was sent before. "ask": raise AlreadySubmitted.
            "tell": raise it only if the outcome of the earlier one is not known. "allow": send it,
            the user has confirmed.
        own: record of a submission that must not be repeated: AlreadySubmitted is raised unless
            `repeat` is "allow".
        settle_seconds: how long to search for the job if the response is lost, in seconds.
        notebook: file name of the notebook, for the record.
        proofs: token checks shared with other submissions; None: own ones.

    Attributes:
        archive: the sealed zip once it is packed; its file is removed at the end.
        job: the job once the service has it.
    """

    def __init__(
        self,
        client: ServiceAccountClient,
        form: JobForm,
        folder: str | Path,
        *,
        records: Records,
        choice: Choice = NO_CHOICE,
        repeat: Repeat = "tell",
        own: Record | None = None,
        settle_seconds: float = SECONDS,
        notebook: str = "",
        proofs: AccountChecks | None = None,
    ) -> None:
        self._client = client
        self._proofs = proofs or AccountChecks(client)
        self._form = form
        self._folder = folder
        self._choice = choice
        self._records = records
        self._repeat = repeat
        self._own = None if repeat == "allow" else own
        self._settle_seconds = settle_seconds
        self._notebook = notebook
        self._queue: asyncio.Queue[Step | None] = asyncio.Queue()
        self._cancellation = Cancellation()
        self._work: asyncio.Task[None] | None = None
        self._writer: RecordWriter | None = None
        self._sender: JobSender | None = None
        self.archive: SealedArchive | None = None
        self.job: Job | None = None

    @property
    def may_be_sent(self) -> bool:
        """Whether the first byte has been sent; after that, nothing can be taken back."""
        return self._cancellation.phase is SubmissionPhase.SENT

    @property
    def record(self) -> Record | None:
        """Current record of the submission; None before there is one."""
        return self._writer.record if self._writer else None

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Run the submission and yield its steps.

        Yields:
            each step; the last one is `Accepted`.

        Raises:
            BspsaError: how the submission ended if not in `Accepted`; see `outcome_of`.
        """
        self._work = asyncio.create_task(self._run(), name="submission")
        # Needed if it is cancelled before its first step: then `_run` never starts.
        self._work.add_done_callback(lambda _: self._queue.put_nowait(None))
        try:
            while (step := await self._queue.get()) is not None:
                yield step
            if self._work.cancelled() and self._cancellation.is_stopped():
                raise Stopped
            await asyncio.shield(self._work)
        finally:
            await self._leave(self._work)

    def cancel(self) -> bool:
        """Stop the submission if nothing has been sent yet.

        Must be called on the loop that runs the submission.

        Returns:
            False if the service may already have the job: the submission goes on, and the job is
            searched for while the response is awaited.
        """
        if not self._cancellation.cancel():
            return False
        if self._work is not None:
            self._work.cancel()
        return True

    def search_now(self) -> None:
        """Search now for the job whose response was lost, without waiting for the next poll."""
        if self._sender is not None:
            self._sender.search_now()

    def accepted_job(self) -> Job:
        """Return the job, after `steps()` has ended without an error.

        Returns:
            the job.

        Raises:
            RuntimeError: the submission has not ended in a job.
        """
        if self.job is None:
            raise RuntimeError("the submission has not ended in a job")
        return self.job

    async def _leave(self, work: asyncio.Task[None]) -> None:
        """Stop if the caller left before the first byte; otherwise let the task finish."""
        if work.done():
            if not work.cancelled():
                work.exception()  # read, so that asyncio does not report it as lost
            return
        if not self.may_be_sent:
            self.cancel()
            with suppress(BspsaError, asyncio.CancelledError):
                await work
            return
        hold(work)

    async def _run(self) -> None:
        try:
            await self._submit()
        except asyncio.CancelledError:
            if not self._cancellation.is_stopped():
                raise
            raise Stopped from None
        finally:
            if self.archive is not None:
                with suppress(OSError):  # Windows cannot remove an open file
                    await to_its_end(remove_zip, self.archive.path)
            if self._writer is not None:
                await self._writer.release()

    async def _submit(self) -> None:
        request, selection = await self._check()
        sealed, manifest = await self._pack(selection)
        marker = new_marker()
        name = archive_name(sealed.folder, marker)
        self.archive = archive = replace(sealed, name=name)
        self._report(Packed(archive, len(selection.left_out)))
        request = request.for_archive(archive.name, archive.folder, marker)
        git = await asyncio.to_thread(provenance, selection.folder)
        writer = await self._prepare(self._record(request, archive, manifest, git))
        self._sender = JobSender(
            self._client,
            self._proofs,
            writer,
            request,
            archive,
            self._cancellation,
            self._report,
            self._settle_seconds,
        )
        self.job = (await self._sender.run()).job

    async def _check(self) -> tuple[JobRequest, Selection]:
        """Check the form and the folder, and report all errors at once."""
        errors: dict[str, str] = {}
        checked = selection = None
        try:
            checked = check_form(self._form)
        except InvalidInput as error:
            errors |= error.errors
        try:
            check_choice(self._choice)
            selection = await self._in_thread(self._select)
        except InvalidInput as error:
            errors |= error.errors
        if checked is None or selection is None:
            raise InvalidForm(errors)
        known = await asyncio.to_thread(facts, selection)
        advice = await asyncio.to_thread(weigh, selection, checked.request, known)
        here_only = await asyncio.to_thread(self._weigh_index)
        self._report(Checked((*checked.warnings, *advice, *here_only)))
        request = with_main_file(checked.request, known)
        check_archive_name(request, selection)
        return request, selection

    def _weigh_index(self) -> tuple[Advice, ...]:
        problem = self._records.index.problem()
        said = words.checks_here_only(problem, str(self._records.folder))
        return (Advice(field="folder", message=said, source="this computer"),) if problem else ()

    async def _in_thread(self, work: Callable[[], Value]) -> Value:
        """Run blocking work that ends soon after a cancel."""
        return await to_end(begun(work), self._cancellation.cancel)

    def _select(self) -> Selection:
        return select(self._folder, self._choice, stopped=self._cancellation.is_stopped)

    async def _pack(self, selection: Selection) -> tuple[SealedArchive, Manifest]:
        loop = asyncio.get_running_loop()

        def report(at: PackingProgress) -> None:
            loop.call_soon_threadsafe(self._report, Packing(*at))

        self._report(Packing(0, selection.size, 0, len(selection.members)))
        return await self._in_thread(lambda: self._sealed(selection, report))

    def _sealed(
        self, selection: Selection, report: ReportProgress
    ) -> tuple[SealedArchive, Manifest]:
        packed = pack(selection, progress=report, stopped=self._cancellation.is_stopped)
        try:
            # Set in the thread, so that the file is removed after a cancel, too.
            self.archive = sealed = seal(packed.archive, self._cancellation.is_stopped)
        except BaseException:
            remove_zip(packed.archive.path)
            raise
        return sealed, packed.manifest

    async def _prepare(self, record: Record) -> RecordWriter:
        """Write the record, after the check for an identical earlier submission."""
        if self._own is not None and self._own.is_same_job(record):
            raise messages.already(self._own, is_open=False)
        self._writer, earlier = await RecordWriter.begin(
            self._records, record, self._repeat, lambda lock: self._report(Locked(lock))
        )
        if earlier is not None:
            self._report(Repeats(earlier))
        self._report(Prepared(record))
        return self._writer

    def _record(
        self,
        request: JobRequest,
        archive: SealedArchive,
        manifest: Manifest,
        git: Provenance | None,
    ) -> Record:
        return Record(
            marker=request.marker,
            endpoint=self._client.endpoint.url,
            notebook=self._notebook,
            folder=str(self._folder),
            form=self._form,
            choice=self._choice,
            hpc=request.hpc,
            project=request.project,
            payload=request.payload(),
            archive=KeptArchive(
                name=archive.name, size=archive.size, sha256=archive.sha256, files=archive.files
            ),
            manifest=manifest.sha256,
            git=git,
        ).prepared()

    def _report(self, step: Step) -> None:
        self._queue.put_nowait(step)
