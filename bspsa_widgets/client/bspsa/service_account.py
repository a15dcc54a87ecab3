"""The Service Account, one method per endpoint.

    async with ServiceAccountClient("https://bspsa.cineca.it") as service:
        for job in await service.jobs("nsg"):
            ...

Reads are repeated after temporary failures (see `retrying`); a call of `submit` sends a job at
most once, and a call of `delete` a cancel at most once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from bspsa_widgets.client.bspsa import delete, wire
from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.client.bspsa.cancel_notes import CancelNotes
from bspsa_widgets.client.bspsa.download import Fetched, Progress
from bspsa_widgets.client.bspsa.file_reads import FileReads
from bspsa_widgets.client.bspsa.get import GetRequests
from bspsa_widgets.client.bspsa.ranges import FilePart, PartRequest
from bspsa_widgets.client.bspsa.responses import (
    MAX_OBJECT_BYTES,
    as_object,
    parse_list,
    parse_one,
)
from bspsa_widgets.client.bspsa.submit import send_job
from bspsa_widgets.client.bspsa.transport import (
    Connections,
)
from bspsa_widgets.client.waking import interruptible
from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.endpoint import DEFAULT_ENDPOINT, Endpoint
from bspsa_widgets.domain.jobs import EndSent, Job, JobFile, JobRef
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.errors import NotSent, ServiceFailure, TokenError
from bspsa_widgets.tokens import GivenToken, TokenChain

log = logging.getLogger(__name__)


@interruptible
class ServiceAccountClient:
    """An async client of one Service Account.

    Args:
        endpoint: base URL; plain http only for this machine.
        token: a `TokenChain`, or a token given in code (string or callable).
        transport: used instead of the network, in tests.

    Raises:
        InvalidInput: of field `endpoint`.

    Example:
        >>> async def titles() -> list[str]:
        ...     async with ServiceAccountClient(token="my-token") as service:
        ...         return [job.title for job in await service.jobs("nsg")]
    """

    def __init__(
        self,
        endpoint: str | Endpoint = DEFAULT_ENDPOINT,
        token: TokenChain | GivenToken | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.endpoint = endpoint if isinstance(endpoint, Endpoint) else Endpoint.parse(endpoint)
        self.tokens = token if isinstance(token, TokenChain) else TokenChain(self.endpoint, token)
        self._connections = Connections(self.endpoint, transport)
        self._get = GetRequests(self._connections, self.tokens)
        self._files = FileReads(self._get, self.endpoint)
        self._cancel_notes = CancelNotes(self.endpoint)

    def __repr__(self) -> str:
        return f"<ServiceAccountClient of {self.endpoint.url}>"

    async def __aenter__(self) -> ServiceAccountClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all open connections."""
        await self._connections.aclose()

    async def has_accepted_token(self) -> bool:
        """Return whether the service has just accepted the current token. Sends no request.

        Returns:
            True if it has, less than a minute ago.

        Raises:
            TokenError: if there is no token.
        """
        token = await self.tokens.get()
        return self._get.was_accepted(token) and not token.looks_expired

    async def status(self) -> bool:
        """Return whether the service says that it runs. Needs no token.

        Returns:
            True if it does.
        """
        response = await self._get.json("/status/", with_token=False, max_bytes=MAX_OBJECT_BYTES)
        return isinstance(response, dict) and response.get("bsp-service-account-status") == 1

    async def systems(self) -> list[dict[str, Any]]:
        """Return the HPC systems. Needs no token.

        Returns:
            JSON objects such as `{"id": "NSG", "name": …}`.
        """
        response = await self._get.json("/hpc/", with_token=False)
        return parse_list(response, as_object, "a list of HPC systems")

    async def projects(self, hpc: str = "") -> list[Project]:
        """Return all projects, also those that the user is not in.

        Args:
            hpc: system id; "" for all systems.

        Returns:
            The projects.
        """
        response = await self._get.json(wire.collection("projects", hpc))
        return parse_list(response, Project.parse, "a list of projects")

    async def quotas(self, hpc: str = "", project: str = "") -> list[Quota]:
        """Return the user's quotas: the hours left.

        Args:
            hpc: system id; "" for all systems.
            project: project name; "" for all projects.

        Returns:
            The quotas; one if a project is named.
        """
        response = await self._get.json(wire.collection("quotas", hpc, project))
        found = [response] if project and isinstance(response, dict) else response
        return parse_list(found, Quota.parse, "a list of quotas")

    async def jobs(self, hpc: str = "", project: str = "") -> list[Job]:
        """Return the user's jobs, in no order. One broken job makes this fail on the real service.

        Args:
            hpc: system id; "" for all systems.
            project: project name; "" for all projects.

        Returns:
            The jobs.
        """
        response = await self._get.json(wire.collection("jobs", hpc, project))
        return await self._cancel_notes.with_notes(
            parse_list(response, Job.parse, "a list of jobs")
        )

    async def job(self, ref: JobRef) -> Job:
        """Return one job, as it is now.

        Args:
            ref: address of the job.

        Returns:
            The job.
        """
        found = await self._get.json(wire.member("jobs", ref), max_bytes=MAX_OBJECT_BYTES)
        (job,) = await self._cancel_notes.with_notes([parse_one(found, Job.parse, "a job")])
        return job

    async def files(self, ref: JobRef) -> list[JobFile]:
        """Return the files of a job. NSG lists others after the job has ended: read the job first.

        Args:
            ref: address of the job.

        Returns:
            The files.
        """
        return await self._files.list(ref)

    async def submit(
        self,
        request: JobRequest,
        archive: SealedArchive,
        *,
        progress: Progress | None = None,
        on_first_byte: Callable[[], None] | None = None,
    ) -> Job:
        """Send a job, once.

        Args:
            request: with the archive's name filled in (`JobRequest.for_archive`).
            archive: the sealed zip.
            progress: called with bytes sent and bytes in all.
            on_first_byte: called when the request begins to leave this machine.

        Returns:
            The job.

        Raises:
            InvalidInput: if the service would lose the job, or run it without its file.
            NotSent: if no byte was sent.
            PackingError: if the archive cannot be read or has changed; no byte was sent.
            TokenError: if there is no token; no byte was sent.
            Refused: if the service responded that there is no job.
            TokenRefused: if the service rejected the token; there is no job.
            Unconfirmed: if there may be a job.
        """
        auth = BearerAuth(self.tokens)
        job = await send_job(self._connections, auth, request, archive, progress, on_first_byte)
        if auth.used is not None:
            self._get.note_accepted(auth.used)
        return job

    async def delete(self, ref: JobRef, what: EndSent = "cancel") -> Job:
        """Cancel a job (or delete a finished one), and read its state afterwards.

        The response to DELETE is not reliable: 200, 204, 404 and 500 can all mean that the job was
        cancelled. The state read afterwards decides. The request is stored, because the service
        itself does not distinguish a cancelled job from a failed one.

        Args:
            ref: address of the job.
            what: "cancel" or "delete", as the user asked; the request is the same.

        Returns:
            The job after the request.

        Raises:
            NotSent: if the request was not sent.
            TokenError: if there is no usable token; the request was not sent.
            NotFound: if the service does not know the job.
            AccessRefused: if the user may not use the project.
            ServiceFailure: if the HPC system did not end the job; or if the job cannot be read,
                and may be cancelled or not.
        """
        is_first = await self._cancel_notes.note(ref.job_id, what)
        try:
            response = await delete.send_delete(self._connections, self.tokens, ref)
        except (NotSent, TokenError):
            await self._forget_cancel(ref, is_first)
            raise
        try:
            job = await self.job(ref)
        except (NotSent, ServiceFailure) as error:
            raise delete.unknown(error) from None
        refusal = delete.refusal(response, job)
        if refusal is not None:
            await self._forget_cancel(ref, is_first)
            raise refusal
        return job

    async def _forget_cancel(self, ref: JobRef, is_first: bool) -> None:
        if is_first:
            await self._cancel_notes.forget(ref.job_id)

    async def fetch(
        self,
        ref: JobRef,
        file: JobFile,
        folder: Path,
        *,
        name: str | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
        on_wait: Callable[[], None] = lambda: None,
    ) -> Fetched:
        """Download one file into a folder, completely or not at all.

        Waits while another download of this user runs (see `download_lock`).

        Args:
            ref: address of the job.
            file: the file, as listed.
            folder: target folder.
            name: local name; None for the file's own name. Made safe in any case.
            overwrite: whether an existing file may be replaced.
            progress: called with bytes so far and bytes in all (0 if unknown).
            on_wait: called, possibly repeatedly, while another process downloads.

        Returns:
            The downloaded file.

        Raises:
            DownloadError: if it is incomplete, or something is already there.
            NotFound: if the service does not have the file.
            ServiceFailure: if the service did not send it.
        """
        return await self._files.fetch(
            ref, file, folder, name=name, overwrite=overwrite, progress=progress, on_wait=on_wait
        )

    async def download(
        self,
        ref: JobRef,
        file: JobFile,
        folder: Path,
        *,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Path:
        """Download one file, as `fetch` does, and return its path.

        Args:
            ref: address of the job.
            file: the file, as listed.
            folder: target folder.
            overwrite: whether an existing file may be replaced.
            progress: called with bytes so far and bytes in all (0 if unknown).

        Returns:
            Path of the file.
        """
        fetched = await self.fetch(ref, file, folder, overwrite=overwrite, progress=progress)
        return fetched.path

    async def part(
        self, ref: JobRef, file: JobFile, *, start: int | None, max_bytes: int, max_whole: int
    ) -> FilePart:
        """Return a part of a file. The real service sends the whole file for it.

        Args:
            ref: address of the job.
            file: the file, as listed.
            start: first byte, counted from 0; None for the last `max_bytes` bytes.
            max_bytes: largest number of bytes; fewer if the file ends earlier.
            max_whole: largest whole file that may be transferred, bytes; only the part is kept.

        Returns:
            The part.

        Raises:
            WholeOnly: if the whole file would be sent, and is larger than `max_whole`.
            DownloadError: if the part is incomplete, or of another file than listed.
            NotFound: if the service does not have the file.
            ServiceFailure: if the service did not send it.
        """
        return await self._files.part(ref, PartRequest(file, start, max_bytes, max_whole))
