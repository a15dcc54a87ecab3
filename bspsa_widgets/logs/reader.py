"""Reads one stream of a job repeatedly and transfers as few bytes as possible."""

from __future__ import annotations

import asyncio
import logging

from bspsa_widgets.client.bspsa.ranges import FilePart
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.format import format_size
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.domain.streams import Stream, listed_file, stream_names, unlisted_file
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure, WholeOnly
from bspsa_widgets.jobs.polling.rate_limit import RateLimit
from bspsa_widgets.logs.buffer import LogBuffer
from bspsa_widgets.logs.snapshot import LogSnapshot

log = logging.getLogger(__name__)

TAIL = 256_000  # bytes to read at first, and to keep at least
MOST_TAIL = 8_000_000  # bytes to read at most for the requested lines
MOST_POLL = 5_000_000  # bytes of a whole log that one poll may transfer
MOST_WHOLE = 50_000_000  # the same, if the user requested it
_STEP = 1_000_000  # new bytes to read at once; if there are more, the end is read anew
_OVERLAP = 512  # bytes to read again: they differ if the log was written anew
_BIG = 400_000  # bytes from which on lines are split in a thread

NOTHING_YET = "Nothing was printed yet."
NOTHING = "The job printed nothing here."


class LogReader:
    """Reads a stream, and continues where the last read ended.

    Args:
        service: client of the service; its rate limit is respected.
        ref: system, project and id of the job.
        stream: which stream.
        lines: how many lines to show, ≥ 1.
        whole: whether a large log may be transferred as a whole.

    Attributes:
        moved: bytes transferred by the last read, if the service cannot send parts.
    """

    def __init__(
        self,
        service: ServiceAccountClient,
        ref: JobRef,
        stream: Stream,
        *,
        lines: int,
        whole: bool = False,
    ) -> None:
        self._service = service
        self._ref = ref
        self._stream: Stream = stream
        self._lines = max(1, lines)
        self._most_whole = MOST_WHOLE if whole else MOST_POLL
        self._most_tail = MOST_WHOLE if whole else MOST_TAIL
        self._rate_limit = RateLimit.at(service.endpoint.url)
        self._buffer: LogBuffer | None = None
        self._listed_as: object = None  # entry of the file list when the file was read
        self._is_too_large = False
        self._snapshot = LogSnapshot(stream, stream_names(ref.hpc, stream)[0])
        self.moved = 0

    async def read(self, job: Job, *, is_over: bool) -> LogSnapshot:
        """Read the stream and return its last lines; errors are part of the result.

        Args:
            job: as last seen.
            is_over: whether the job is over and prints nothing any more.

        Returns:
            the lines, or the previous ones with the problem.
        """
        self.moved = 0
        try:
            self._snapshot = await self._read_stream(job, is_over=is_over)
        except WholeOnly as error:
            self._is_too_large = True
            note = _too_large(error.size, is_shown=bool(self._snapshot.lines))
            self._snapshot = self._snapshot._replace(
                size=error.size or self._snapshot.size,
                is_complete=False,
                is_final=is_over,
                note=note,
                problem="",
            )
        except BspsaError as error:
            log.info("a poll of %s failed: %s", self._stream, type(error).__name__)
            if isinstance(error, ServiceFailure) and error.retry_after is not None:
                self._rate_limit.rest(error.retry_after)
            self._snapshot = self._snapshot._replace(problem=str(error))
        return self._snapshot

    async def _read_stream(self, job: Job, *, is_over: bool) -> LogSnapshot:
        if self._is_too_large and not is_over:
            return self._snapshot  # another request makes the service fetch all of it again
        file = await self._read(job, is_over=is_over)
        if file is None or self._buffer is None:
            empty = LogSnapshot(self._stream, self._snapshot.file)
            note = NOTHING if is_over else NOTHING_YET
            return empty._replace(size=0, is_complete=True, is_final=is_over, note=note)
        buffer = self._buffer
        buffer.trim(self._lines, TAIL, self._most_tail)
        if len(buffer.data) > _BIG:
            shown = await asyncio.to_thread(buffer.shown, self._lines, is_whole=is_over)
        else:
            shown = buffer.shown(self._lines, is_whole=is_over)
        return LogSnapshot(
            self._stream,
            file.name,
            shown.lines,
            shown.first,
            buffer.total,
            is_complete=buffer.start == 0 and shown.first in (1, None),
            is_final=is_over,
            note="" if shown.lines else NOTHING if is_over else NOTHING_YET,
            at=shown.at,
            anew=shown.anew,
            is_open=shown.is_open,
        )

    async def _read(self, job: Job, *, is_over: bool) -> JobFile | None:
        """Return the file after reading its end into `_buffer`; None if there is no file."""
        file = unlisted_file(job.hpc or self._ref.hpc, self._stream)
        if file is not None:
            try:
                await self._fetch(file)
                return file
            except NotFound:
                if not is_over:
                    return None
        file = await self._listed()
        if file is None:
            return None
        try:
            await self._fetch(file)
        except (ServiceFailure, NotFound):
            # If the job ended between list and download, the file has another key.
            listed = await self._listed()
            if listed is None or listed.key == file.key:
                raise
            file = listed
            await self._fetch(file)
        return file

    async def _listed(self) -> JobFile | None:
        try:
            async with self._rate_limit.turn():
                files = await self._service.files(self._ref)
        except NotFound:
            return None  # a job that has not started has no folder
        return listed_file(files, self._ref.hpc, self._stream)

    async def _fetch(self, file: JobFile) -> None:
        listed = None if file.length is None else (file.key, file.length, str(file.raw))
        if listed is not None and listed == self._listed_as:
            return  # unchanged according to the list
        if not await self._has_grown(file):
            self._buffer = await self._tail(file)
        self._listed_as = listed

    async def _has_grown(self, file: JobFile) -> bool:
        """Read only what is new; return False if that is not possible."""
        buffer = self._buffer
        if buffer is None or not buffer.is_ranged:
            return False
        known = buffer.data[-_OVERLAP:]
        part = await self._part(file, buffer.end - len(known), _STEP)
        new = part.data[len(known) :]
        if not part.is_ranged or not part.data.startswith(known):
            return False  # it was written anew
        if part.total is not None and part.total > buffer.end + len(new):
            return False  # more than would be read
        buffer.grow(new, part.total)
        return True

    async def _tail(self, file: JobFile) -> LogBuffer:
        """Read as much of the end as the requested lines need, within limits."""
        most = min(max(TAIL, self._lines * 200), self._most_tail)
        if self._buffer is not None and not self._buffer.is_ranged:
            most = self._most_tail  # sent as a whole anyway: then line numbers can continue
        while True:
            part = await self._part(file, None, most)
            ends = part.data.count(b"\n")
            # Without any line end it is a progress bar, or no text: more bytes do not help.
            is_enough = part.start == 0 or ends > self._lines or ends == 0
            if is_enough or most == self._most_tail:
                return LogBuffer(part, self._buffer)
            wanted = 2 * most * self._lines // ends if part.is_ranged else self._most_tail
            most = min(max(wanted, 2 * most), self._most_tail)

    async def _part(self, file: JobFile, start: int | None, most: int) -> FilePart:
        async with self._rate_limit.long_request():
            part = await self._service.part(
                self._ref, file, start=start, max_bytes=most, max_whole=self._most_whole
            )
        if not part.is_ranged:
            self.moved += part.total or len(part.data)
        return part


def _too_large(size: int | None, *, is_shown: bool) -> str:
    large = "is too large" if size is None else f"has {format_size(size)}"
    here = "What is shown is its end as it was before. " if is_shown else ""
    how = "It can be read once, when you ask for it, or downloaded."
    if size is not None and size > MOST_WHOLE:
        how = "Download it to look into it."
    return (
        f"This log {large}, and the service can send it only as a whole: it is not followed. "
        f"{here}{how}"
    )
