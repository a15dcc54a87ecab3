"""The files of jobs, whole or in pieces: one request at a time."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import httpx

from bspsa_widgets.client import wire
from bspsa_widgets.client.download import Fetched, Progress, largest_file, place_for, save
from bspsa_widgets.client.part import ANSWERS, Part, Wanted, take_part
from bspsa_widgets.client.reading import length_of, pieces_of
from bspsa_widgets.client.reads import Reads
from bspsa_widgets.client.turn import Turn
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.errors import DownloadError

MOST_PATH = 8_000  # characters of a request's path: web servers take no more

# Anything but */* is answered 406 or as a web page (sections 1 and 7); compressed, the
# length would not be the file's.
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


class FileReads:
    """Fetches files for one client.

    Args:
        reads: of the same client. endpoint: whose downloads wait for each other.
    """

    def __init__(self, reads: Reads, endpoint: Endpoint) -> None:
        self._reads = reads
        self._turn = Turn(endpoint)

    async def fetch(
        self,
        ref: JobRef,
        file: JobFile,
        folder: Path,
        *,
        name: str | None,
        overwrite: bool,
        progress: Progress | None,
    ) -> Fetched:
        """See `ServiceAccountClient.fetch`."""
        place = place_for(folder, file.name if name is None else name, overwrite=overwrite)
        most = largest_file()

        async def take(response: httpx.Response, limit: asyncio.Timeout) -> Fetched:
            limit.reschedule(None)  # a large file takes the time that it takes
            length = file.settled_length
            if length is None:
                length = length_of(response)
            async with aclosing(pieces_of(response, place.name, length)) as pieces:
                return await save(
                    pieces,
                    place,
                    length=length,
                    most=most,
                    overwrite=overwrite,
                    progress=progress,
                )

        path = _path(ref, file)
        async with self._turn.taken():
            return await self._reads.stream(path, take, _HEADERS)

    async def part(self, ref: JobRef, wanted: Wanted) -> Part:
        """See `ServiceAccountClient.part`."""

        async def take(response: httpx.Response, limit: asyncio.Timeout) -> Part:
            if response.status_code == 200:
                limit.reschedule(None)
            return await take_part(response, wanted)

        path = _path(ref, wanted.file)
        headers = _HEADERS | {"Range": wanted.header()}
        async with self._turn.taken():
            return await self._reads.stream(path, take, headers, ANSWERS)


def _path(ref: JobRef, file: JobFile) -> str:
    path = wire.file(ref, file.key)
    if len(path) > MOST_PATH:
        raise DownloadError("The name of this file is too long for it to be asked for.")
    return path
