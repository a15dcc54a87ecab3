"""Read the files of jobs, whole or in part: one request at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import httpx

from bspsa_widgets.client.bspsa import wire
from bspsa_widgets.client.bspsa.download import Fetched, Progress, max_file_bytes, save, target_path
from bspsa_widgets.client.bspsa.download_lock import DownloadLock
from bspsa_widgets.client.bspsa.get import OK, GetRequests, Reader, Value
from bspsa_widgets.client.bspsa.ranges import PART_STATUSES, FilePart, PartRequest, read_part
from bspsa_widgets.client.bspsa.responses import content_length, iter_chunks, parse_list
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.filenames import safe_name
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.errors import BspsaError, DownloadError, NotFound, ServiceFailure

MAX_PATH = 8_000  # characters of a request's path: web servers accept no more

# Other Accept values return 406 or a web page (api.md sections 1 and 7); with compression
# the length would not be the file's.
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


class FileReads:
    """File requests of one client.

    Args:
        get: GET requests of the same client.
        endpoint: service whose downloads run one at a time.
    """

    def __init__(self, get: GetRequests, endpoint: Endpoint) -> None:
        self._get = get
        self._download_lock = DownloadLock(endpoint)

    async def fetch(
        self,
        ref: JobRef,
        file: JobFile,
        folder: Path,
        *,
        name: str | None,
        overwrite: bool,
        progress: Progress | None,
        on_wait: Callable[[], None],
    ) -> Fetched:
        """Download a file; see `ServiceAccountClient.fetch`.

        Args:
            ref: address of the job.
            file: the file, as listed.
            folder: target folder.
            name: local name; None for the file's own name.
            overwrite: whether an existing file may be replaced.
            progress: called with bytes so far and bytes in all, or None.
            on_wait: called while another process downloads.

        Returns:
            The downloaded file.
        """
        local_name = file.name if name is None else name
        target = await asyncio.to_thread(target_path, folder, local_name, overwrite=overwrite)
        max_bytes = max_file_bytes()

        async def read(response: httpx.Response, limit: asyncio.Timeout) -> Fetched:
            limit.reschedule(None)  # no time limit for large files
            length = file.final_length
            if length is None:
                length = content_length(response)
            async with aclosing(iter_chunks(response, target.name, length)) as chunks:
                return await save(
                    chunks,
                    target,
                    length=length,
                    max_bytes=max_bytes,
                    overwrite=overwrite,
                    progress=progress,
                )

        path = _path(ref, file)
        async with self._download_lock.acquire(on_wait):
            return await self._stream(ref, file, path, read, _HEADERS)

    async def part(self, ref: JobRef, request: PartRequest) -> FilePart:
        """Read a part of a file; see `ServiceAccountClient.part`.

        Args:
            ref: address of the job.
            request: the file, and which bytes of it.

        Returns:
            The part.
        """

        async def read(response: httpx.Response, limit: asyncio.Timeout) -> FilePart:
            if response.status_code == 200:
                limit.reschedule(None)
            return await read_part(response, request)

        path = _path(ref, request.file)
        headers = _HEADERS | {"Range": request.header()}
        async with self._download_lock.acquire():
            return await self._stream(ref, request.file, path, read, headers, PART_STATUSES)

    async def list(self, ref: JobRef) -> list[JobFile]:
        """List the files of a job; see `ServiceAccountClient.files`.

        Args:
            ref: address of the job.

        Returns:
            The files, each once.
        """
        content = await self._get.json(wire.member("files", ref))
        found = parse_list(content, JobFile.parse, "a list of files")
        return [*{file.key: file for file in found}.values()]  # Piz Daint repeats names

    async def _stream(
        self,
        ref: JobRef,
        file: JobFile,
        path: str,
        read: Reader[Value],
        headers: dict[str, str],
        statuses: frozenset[int] = OK,
    ) -> Value:
        try:
            return await self._get.stream(path, read, headers, statuses)
        except ServiceFailure as error:
            if ref.hpc != "nsg" or error.status != 500:
                raise
            failure = error
        # NSG also responds 500 for a file that does not exist (api.md section 7.2).
        try:
            listed = await self.list(ref)
        except BspsaError:
            raise failure from None
        if file.key not in {entry.key for entry in listed}:
            raise NotFound(
                f"NSG has no file {safe_name(file.name)} of this job (any more).",
                status=404,
                advice="List the files again: once a job is over, NSG has others.",
            )
        raise ServiceFailure(
            f"NSG lists {safe_name(file.name)}, but the service failed at fetching it (500).",
            status=500,
        )


def _path(ref: JobRef, file: JobFile) -> str:
    path = wire.file(ref, file.key)
    if len(path) > MAX_PATH:
        raise DownloadError("The name of this file is too long for a request.")
    return path
