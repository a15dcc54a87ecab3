"""validate → pack → prove → send once, as an async iterator of steps.

The same flow serves the panel, Python and the command line. It runs on one event loop;
packing runs in a worker thread.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import JobForm, JobRequest, check_form
from bspsa_widgets.errors import BspsaError, InvalidForm, InvalidInput, Stopped
from bspsa_widgets.packaging.archive import Packed as PackedFolder
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.selection import Selection, select
from bspsa_widgets.submission.preflight import prove
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connecting,
    Packed,
    Packing,
    Sending,
    Step,
    Waiting,
)

log = logging.getLogger(__name__)

UPDATES_PER_SECOND = 10.0

# Submissions that were left while the service may have had them: they run to their end.
_left: set[asyncio.Task[None]] = set()


class Submission:
    """One folder on its way to one job; `steps()` may be used once.

    Args:
        client: of the endpoint to submit to.
        form: as the user left it.
        folder: the folder to send.

    Attributes:
        archive: the sealed zip once it is packed (its file is removed at the end).
        job: the job once the service has it.
        may_be_sent: the first byte has left; from here on nothing is taken back.
    """

    def __init__(self, client: ServiceAccountClient, form: JobForm, folder: str | Path) -> None:
        self._client = client
        self._form = form
        self._folder = folder
        self._queue: asyncio.Queue[Step | None] = asyncio.Queue()
        self._stop = threading.Event()
        self._work: asyncio.Task[None] | None = None
        self._packing = False
        self.archive: SealedArchive | None = None
        self.job: Job | None = None
        self.may_be_sent = False

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Go through with it.

        Raises:
            BspsaError: how it ended, where not in `Accepted`; see `outcome_of`.
        """
        self._work = asyncio.create_task(self._run(), name="submission")
        # Also where it was cancelled before its first step: then `_run` never begins.
        self._work.add_done_callback(lambda _: self._queue.put_nowait(None))
        try:
            while (step := await self._queue.get()) is not None:
                yield step
            if self._work.cancelled() and self._stop.is_set():
                raise Stopped
            await asyncio.shield(self._work)
        finally:
            await self._leave(self._work)

    def cancel(self) -> bool:
        """Stop it, as long as nothing is sent. On the loop that runs it.

        Returns:
            False where the service may already have the job: then it goes on.
        """
        if self.may_be_sent:
            return False
        self._stop.set()
        if self._work is not None and not self._packing:
            self._work.cancel()
        return True

    def accepted_job(self) -> Job:
        """The job, once `steps()` has ended without an error."""
        if self.job is None:
            raise RuntimeError("the submission has not ended in a job")
        return self.job

    async def _leave(self, work: asyncio.Task[None]) -> None:
        """When nobody listens any more: stop before the first byte, never after it."""
        if work.done():
            if not work.cancelled():
                work.exception()  # seen, so that asyncio does not report it as lost
            return
        if self.cancel():
            with suppress(BspsaError, asyncio.CancelledError):
                await work
            return
        _left.add(work)
        work.add_done_callback(_report_left)

    async def _run(self) -> None:
        try:
            await self._go()
        except asyncio.CancelledError:
            if not self._stop.is_set():
                raise
            raise Stopped from None
        finally:
            if self.archive is not None:
                self.archive.path.unlink(missing_ok=True)

    async def _go(self) -> None:
        request, selection = await self._check()
        packed = await self._pack(selection)
        self._tell(Packed(packed.archive))
        request = request.for_archive(packed.archive.name, packed.archive.folder)
        self._tell(Connecting())
        await prove(self._client, request)
        self.job = await self._send(request, packed.archive)
        self._tell(Accepted(self.job))

    async def _check(self) -> tuple[JobRequest, Selection]:
        """All that is wrong, at once: the form's fields and the folder."""
        errors: dict[str, str] = {}
        checked = selection = None
        try:
            checked = check_form(self._form)
        except InvalidInput as error:
            errors |= error.errors
        try:
            selection = await asyncio.to_thread(select, self._folder)
        except InvalidInput as error:
            errors |= error.errors
        if checked is None or selection is None:
            raise InvalidForm(errors)
        self._tell(Checked(checked.warnings))
        check_main_file(checked.request, selection)
        return checked.request, selection

    async def _pack(self, selection: Selection) -> PackedFolder:
        loop = asyncio.get_running_loop()
        tell = _throttled(
            lambda done, total: loop.call_soon_threadsafe(self._tell, Packing(done, total))
        )
        self._tell(Packing(0, selection.size))
        self._packing = True
        try:
            packed = await asyncio.to_thread(
                pack, selection, progress=tell, stopped=self._stop.is_set
            )
        finally:
            self._packing = False
        self.archive = packed.archive
        if self._stop.is_set():
            raise Stopped
        return packed

    async def _send(self, request: JobRequest, archive: SealedArchive) -> Job:
        def began() -> None:
            self.may_be_sent = True
            self._tell(Sending(0, archive.size))

        tell = _throttled(lambda done, total: self._tell(Sending(done, total)))

        def progress(done: int, total: int) -> None:
            if done >= total:
                self._tell(Waiting())
            else:
                tell(done, total)

        return await self._client.submit(request, archive, progress=progress, on_first_byte=began)

    def _tell(self, step: Step) -> None:
        self._queue.put_nowait(step)


def check_main_file(request: JobRequest, selection: Selection) -> None:
    """NSG starts one file of the folder: it has to be there.

    Raises:
        InvalidInput: of field `init_file`.
    """
    if request.hpc != "nsg" or not request.init_file:
        return
    wanted = request.init_file.replace("\\", "/").removeprefix("./")
    paths = {member.path for member in selection.members}
    if wanted in paths:
        return
    startable = sorted(path for path in paths if path.endswith((".py", ".hoc")))[:5]
    raise InvalidInput(
        "init_file",
        f"{request.init_file} is not in the folder (or it is left out).",
        allowed="NSG starts this file"
        + (f"; choose one of {', '.join(startable)}." if startable else "."),
    )


def _throttled(tell: Callable[[int, int], object]) -> Callable[[int, int], None]:
    """At most ten a second: more would only queue up in front of the user's eyes."""
    last = 0.0

    def maybe(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1 / UPDATES_PER_SECOND:
            last = now
            tell(done, total)

    return maybe


def _report_left(work: asyncio.Task[None]) -> None:
    _left.discard(work)
    if not work.cancelled() and work.exception() is not None:
        log.warning("a submission that nobody waited for ended: %s", work.exception())
