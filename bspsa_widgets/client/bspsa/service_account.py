"""The Service Account, one method per endpoint.

    async with ServiceAccountClient("https://bspsa.cineca.it") as service:
        for job in await service.jobs("nsg"):
            ...

Reads are repeated where a failure may pass (`retrying`); a submission is sent at most once in
a call of `submit`, and a cancel in one of `delete`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from bspsa_widgets.client.bspsa import delete, outcomes, wire
from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.client.bspsa.download import Fetched, Progress
from bspsa_widgets.client.bspsa.ends_sent import EndsSent
from bspsa_widgets.client.bspsa.file_reads import FileReads
from bspsa_widgets.client.bspsa.get import Reads
from bspsa_widgets.client.bspsa.log_redaction import hushed
from bspsa_widgets.client.bspsa.post_guard import Sending
from bspsa_widgets.client.bspsa.ranges import Part, Wanted
from bspsa_widgets.client.bspsa.responses import (
    MOST_OBJECT_BYTES,
    as_object,
    list_of,
    one_of,
    read_answer,
)
from bspsa_widgets.client.bspsa.transport import (
    SUBMIT_ANSWER_SECONDS,
    SUBMIT_TIMEOUT,
    Connections,
)
from bspsa_widgets.client.bspsa.upload import chunks, opened
from bspsa_widgets.client.waking import interruptible
from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.endpoint import DEFAULT_ENDPOINT, Endpoint
from bspsa_widgets.domain.jobs import EndSent, Job, JobFile, JobRef
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.errors import BspsaError, NotSent, ServiceFailure, TokenError
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
        self._reads = Reads(self._connections, self.tokens)
        self._files = FileReads(self._reads, self.endpoint)
        self._ends = EndsSent(self.endpoint)

    def __repr__(self) -> str:
        return f"<ServiceAccountClient of {self.endpoint.url}>"

    async def __aenter__(self) -> ServiceAccountClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        await self._connections.aclose()

    async def has_good_token(self) -> bool:
        """Whether the token to use now was answered to a moment ago. Asks the service nothing.

        Raises:
            TokenError: there is none.
        """
        token = await self.tokens.get()
        return self._reads.is_good(token) and not token.looks_expired

    async def status(self) -> bool:
        """Whether the service says that it runs. Needs no token."""
        answer = await self._reads.json("/status/", with_token=False, most=MOST_OBJECT_BYTES)
        return isinstance(answer, dict) and answer.get("bsp-service-account-status") == 1

    async def systems(self) -> list[dict[str, Any]]:
        """The HPC systems: `{"id": "NSG", "name": …}`. Needs no token."""
        answer = await self._reads.json("/hpc/", with_token=False)
        return list_of(answer, as_object, "a list of HPC systems")

    async def projects(self, hpc: str = "") -> list[Project]:
        """All projects (of one system), also those that the user is not in."""
        answer = await self._reads.json(wire.collection("projects", hpc))
        return list_of(answer, Project.parse, "a list of projects")

    async def quotas(self, hpc: str = "", project: str = "") -> list[Quota]:
        """What the user has left; with `project`, a list of one."""
        answer = await self._reads.json(wire.collection("quotas", hpc, project))
        found = [answer] if project and isinstance(answer, dict) else answer
        return list_of(found, Quota.parse, "a list of quotas")

    async def jobs(self, hpc: str = "", project: str = "") -> list[Job]:
        """The user's jobs, in no order. One broken job makes the real service fail here."""
        answer = await self._reads.json(wire.collection("jobs", hpc, project))
        return await self._ends.known(list_of(answer, Job.parse, "a list of jobs"))

    async def job(self, ref: JobRef) -> Job:
        """One job, as it is now."""
        found = await self._reads.json(wire.member("jobs", ref), most=MOST_OBJECT_BYTES)
        (job,) = await self._ends.known([one_of(found, Job.parse, "a job")])
        return job

    async def files(self, ref: JobRef) -> list[JobFile]:
        """The job's files. NSG lists others once the job is over: ask for the job first."""
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

        Raises:
            InvalidInput: the service would lose the job, or run it without its file.
            NotSent, PackingError, TokenError: no byte left.
            Refused, TokenRefused: the service answered that there is no job.
            Unconfirmed: there may be one.
        """
        # Once more: a copy of a model may hold anything.
        request = JobRequest(**request.model_dump(warnings=False))
        archive = replace(archive)
        async with opened(archive) as file:
            body = chunks(file, archive.size, progress)
            return await self._submit_once(request, archive, body, on_first_byte)

    async def _submit_once(
        self,
        request: JobRequest,
        archive: SealedArchive,
        body: AsyncIterator[bytes],
        on_first_byte: Callable[[], None] | None,
    ) -> Job:
        auth = BearerAuth(self.tokens)
        limit = asyncio.timeout(None)
        sending = Sending(limit, SUBMIT_ANSWER_SECONDS, on_first_byte)
        try:
            async with (
                limit,
                await self._connections.fresh(SUBMIT_TIMEOUT) as http,
                http.stream(
                    "POST",
                    wire.collection("jobs", request.hpc, request.project),
                    headers=wire.submission_headers(request, archive.name, archive.size),
                    content=body,
                    auth=auth,
                    extensions={"trace": hushed(auth, sending.trace)},
                ) as response,
            ):
                answer = await read_answer(response, MOST_OBJECT_BYTES, auth.used)
        except BspsaError as error:
            failure = outcomes.broken_submission(error) if sending.began else error
        except Exception as error:
            kind = type(error).__name__
            log.info("submission broke (%s), first byte sent: %s", kind, sending.began)
            told = outcomes.broken_submission if sending.began else self._connections.failure
            failure = told(error)
        else:
            log.info("submission answered %s", answer.status)
            job = outcomes.expect_marker(outcomes.judge_submission(answer), request.marker)
            if auth.used is not None:
                self._reads.answered_to(auth.used)
            return job
        raise failure  # here, where httpx's own words (they may repeat the token) are no context

    async def delete(self, ref: JobRef, what: EndSent = "cancel") -> Job:
        """Cancel a job (or delete a finished one), and read what has become of it.

        The answer to DELETE says nothing reliable: 200, 204, 404 and 500 can all mean that
        the job was cancelled. What counts is the read that follows. That it was sent is
        remembered: the service itself does not tell a cancelled job from one that failed.

        Args:
            ref: where the job is found.
            what: the user's wish; the request is the same.

        Raises:
            NotFound, AccessRefused: the service said so of the job.
            ServiceFailure: the HPC system did not end it; or the job cannot be read, and
                may be cancelled or not.
        """
        is_first = await self._ends.note(ref.job_id, what)
        try:
            answer = await delete.send_delete(self._connections, self.tokens, ref)
        except (NotSent, TokenError):
            await self._forget_end(ref, is_first)
            raise
        try:
            job = await self.job(ref)
        except (NotSent, ServiceFailure) as error:
            raise delete.unknown(error) from None
        refusal = delete.refusal(answer, job)
        if refusal is not None:
            await self._forget_end(ref, is_first)
            raise refusal
        return job

    async def _forget_end(self, ref: JobRef, is_first: bool) -> None:
        if is_first:
            await self._ends.forget(ref.job_id)

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
        """Fetch one file into `folder`, whole or not at all.

        Waits while another download of this user is under way (`turn`).

        Args:
            name: what it is to be called here; None for its own name. Made safe in any case.
            overwrite: whether a file that is there may be replaced.
            progress: called with bytes so far and bytes in all (0 where not known).
            on_wait: called, maybe again and again, while another process downloads.

        Raises:
            DownloadError: it came short, or something is already there.
            NotFound, ServiceFailure: the service did not give it.
        """
        return await self._files.fetch(
            ref,
            file,
            folder,
            name=name,
            overwrite=overwrite,
            progress=progress,
            on_wait=on_wait,
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
        """As `fetch`; returns where the file lies."""
        fetched = await self.fetch(ref, file, folder, overwrite=overwrite, progress=progress)
        return fetched.path

    async def part(
        self, ref: JobRef, file: JobFile, *, start: int | None, most: int, most_whole: int
    ) -> Part:
        """A piece of a file. The real service sends the whole file for it.

        Args:
            start: the first byte, counted from 0; None for the last `most` bytes.
            most: bytes at most; fewer come where the file ends, none where it ends before.
            most_whole: bytes of a whole file that may travel; only the piece is kept.

        Raises:
            WholeOnly: the whole would have to travel, and is larger than `most_whole`.
            DownloadError: the piece came short, or is of another file than was listed.
            NotFound, ServiceFailure: the service did not give it.
        """
        return await self._files.part(ref, Wanted(file, start, most, most_whole))
