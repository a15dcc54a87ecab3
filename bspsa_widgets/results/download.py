"""Downloads a job's files into a folder, one by one; each is complete or absent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.client.bspsa.download import Fetched, Progress
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import poll_job
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.domain.names_here import names_here
from bspsa_widgets.domain.throttle import UPDATES_PER_SECOND
from bspsa_widgets.errors import DownloadError, NotFound, ServiceFailure
from bspsa_widgets.results.index import KeptFile, KeptFiles
from bspsa_widgets.results.listing import FilesToDownload, is_name, wanted_files
from bspsa_widgets.results.local_state import LocalState, is_unchanged, look

FETCHED_BY_ANOTHER = "waiting for another program of yours: the service sends one file at a time"

MOST_FAILURES = 3  # failures in a row after which the download stops

FOLDER = "It is a folder. Name a file in it, as folder/name, and it will be tried."
CUT = (
    "The list names it, but there is no such file. Names may be cut short in the list, at the "
    "first space or other odd character: type the whole name."
)
NO_FILE = "The job has no file of this name."
NO_NAME = "This is not the name of a file."
BLOCKED = "Something that is not a plain file is in its place."
_TAKEN = {
    "changed": "It was changed here since it was fetched; it was left as it is.",
    "other": "Another file is already in its place; it was left as it is.",
}


class FileDownloading(NamedTuple):
    """A file is being downloaded.

    Attributes:
        name: name as the service lists it.
        done: bytes so far.
        total: bytes in all; None if not known.
        number: number of the file, from 1.
        count: number of files.
        waits: whether it waits for the download of another process of the same user.
    """

    name: str
    done: int
    total: int | None
    number: int
    count: int  # type: ignore[assignment]  # hides a method of tuple that nobody needs
    waits: bool = False


class FileDownloaded(NamedTuple):
    """A file was downloaded.

    Attributes:
        name: name as the service lists it.
        path: local path.
        size: size in bytes.
        is_verified: whether it is known to be complete.
    """

    name: str
    path: Path
    size: int
    is_verified: bool


class FileUpToDate(NamedTuple):
    """A file that was here already, complete and unchanged: not downloaded again.

    Attributes:
        name: name as the service lists it.
        path: local path.
    """

    name: str
    path: Path


class FileLeft(NamedTuple):
    """A file that was not downloaded.

    Attributes:
        name: name as the service lists it.
        reason: why, for the user.
        may_replace: whether the user can allow to replace the local file.
    """

    name: str
    reason: str
    may_replace: bool


class FolderSkipped(NamedTuple):
    """A folder, which cannot be downloaded.

    Attributes:
        name: name as the service lists it.
        reason: why, for the user.
    """

    name: str
    reason: str


Step = FileDownloading | FileDownloaded | FileUpToDate | FileLeft | FolderSkipped


async def fetching(
    service: ServiceAccountClient,
    ref: JobRef,
    files: Iterable[JobFile | str],
    place: Path,
    *,
    replace: Collection[str] | Literal["all"] = (),
    job: Job | None = None,
) -> AsyncGenerator[Step, None]:
    """Download files of a job; closing the generator cancels.

    Complete files stay when the rest is cancelled or fails; no partial file is left. Files that are
    here already, complete and unchanged, are not downloaded again.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        files: files as listed, or names; empty for all. A name that is not listed is tried.
        place: the folder (`results_place`).
        replace: names (as the service lists them) whose local files may be replaced. A downloaded
            file that was not changed is always replaced by a newer one.
        job: the job as just read; None: it is read.

    Yields:
        `FileDownloading`, at most ten times a second, and one of the other steps for each file.

    Raises:
        BspsaError: the job or its list cannot be read, or the service is not available any more.
    """
    # NSG lists different files once a job is over.
    job = job or (await poll_job(service, ref)).job
    listed = await service.files(ref)
    kept = await asyncio.to_thread(KeptFiles, place)
    run = _ResultDownload(service, ref, job, place, kept, wanted_files(listed, files), replace)
    run.name_all(listed)
    try:
        async with aclosing(run.steps()) as steps:
            async for step in steps:
                yield step
    finally:
        await asyncio.to_thread(kept.save)


class _ResultDownload:
    """State of one call of `fetching`.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        job: the job as last read.
    """

    def __init__(
        self,
        service: ServiceAccountClient,
        ref: JobRef,
        job: Job,
        place: Path,
        kept: KeptFiles,
        wanted: FilesToDownload,
        replace: Collection[str] | Literal["all"],
    ) -> None:
        self._service = service
        self._ref = ref
        self._job = job
        self._place = place
        self._kept = kept
        self._wanted = wanted
        self._replace = replace
        self._failures = 0
        self._names: dict[str, str] = {}
        self._told = float("-inf")  # when the last `FileDownloading` was yielded

    def name_all(self, listed: list[JobFile]) -> None:
        """Choose local names from the whole list, so that they do not depend on the selection."""
        earlier = {here: file.name for here, file in self._kept.of(self._job.job_id)}
        self._names = names_here([*listed, *self._wanted.typed], earlier)

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Download the files one by one and yield the steps.

        Yields:
            the steps.
        """
        for number, file in enumerate(self._wanted.files, 1):
            if file in self._wanted.typed and not is_name(file.name):
                yield FileLeft(file.name, NO_NAME, may_replace=False)
                continue
            name_here = self._names[file.key]
            standing = await asyncio.to_thread(
                look, self._kept, self._place, self._job.job_id, file, name_here
            )
            standing = await self._sure(standing)
            at_once = self._without_asking(file, standing)
            if at_once is not None:
                yield at_once
                continue
            async with aclosing(self._fetch(file, standing, number)) as steps:
                async for step in steps:
                    yield step
            if self._kept.is_due:
                await asyncio.to_thread(self._kept.save)

    async def _sure(self, standing: LocalState) -> LocalState:
        """Compare our own file byte by byte before it is replaced: size and time are not enough."""
        if standing.state != "old":
            return standing
        entry = self._kept.get(standing.path.name)
        if entry is not None and await asyncio.to_thread(is_unchanged, standing.path, entry):
            return standing
        return standing._replace(state="changed")

    def _without_asking(self, file: JobFile, standing: LocalState) -> Step | None:
        """Return the step for a file that need not be downloaded; None otherwise."""
        if standing.state == "here":
            return FileUpToDate(file.name, standing.path)
        if standing.state == "blocked":
            return FileLeft(file.name, BLOCKED, may_replace=False)
        may = self._replace == "all" or file.name in self._replace
        if standing.state in _TAKEN and not may:
            return FileLeft(file.name, _TAKEN[standing.state], may_replace=True)
        return None

    async def _fetch(
        self, file: JobFile, standing: LocalState, number: int
    ) -> AsyncGenerator[Step, None]:
        """Yield the steps of one file; nothing keeps running afterwards."""
        shown = FileDownloading(file.name, 0, file.final_length, number, len(self._wanted.files))
        told: FileDownloading | None = None
        seen = shown

        def note(done: int, total: int) -> None:
            nonlocal seen
            seen = shown._replace(done=done, total=total or shown.total)

        def wait() -> None:
            nonlocal seen
            seen = shown._replace(waits=True)

        if self._is_time():
            told = shown
            yield told
        task = asyncio.create_task(self._one(file, standing, note, wait), name="fetching a file")
        try:
            while not (await asyncio.wait([task], timeout=1 / UPDATES_PER_SECOND))[0]:
                if seen != told and self._is_time():
                    told = seen
                    yield told
            yield await task
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # read, so that asyncio does not report it

    def _is_time(self) -> bool:
        """Return whether enough time has passed since the last progress step."""
        now = time.monotonic()
        if now - self._told < 1 / UPDATES_PER_SECOND:
            return False
        self._told = now
        return True

    async def _one(
        self, file: JobFile, standing: LocalState, note: Progress, wait: Callable[[], None]
    ) -> Step:
        """Download one file and note it, or return why that failed."""
        try:
            came = await self._service.fetch(
                self._ref,
                file,
                self._place,
                name=standing.path.name,
                overwrite=standing.state != "none",
                progress=note,
                on_wait=wait,
            )
        except (DownloadError, NotFound, ServiceFailure) as error:
            return self._judged(file, error)
        # No await in between, so that a complete file is always noted.
        self._failures = 0
        self._kept.note(came.path.name, self._entry(file, came))
        return FileDownloaded(file.name, came.path, came.size, came.is_verified)

    def _judged(self, file: JobFile, error: DownloadError | NotFound | ServiceFailure) -> Step:
        """Return the step for an error of one file; raise it if the service is not available."""
        if isinstance(error, ServiceFailure):
            if error.is_for_a_folder:
                return FolderSkipped(file.name, FOLDER)
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise error
        if isinstance(error, NotFound):
            reason = NO_FILE if file in self._wanted.typed else CUT
            if self._ref.hpc == "nsg":
                reason = str(error)
            return FileLeft(file.name, reason, may_replace=False)
        return FileLeft(file.name, str(error), may_replace=False)

    def _entry(self, file: JobFile, came: Fetched) -> KeptFile:
        return KeptFile(
            job=self._job.job_id,
            key=file.key,
            name=file.name,
            size=came.size,
            sha256=came.sha256,
            is_verified=came.is_verified,
            is_final=self._job.terminal_stage,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            modified=came.modified,
        )
