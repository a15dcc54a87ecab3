"""The POST that sends a job, once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from bspsa_widgets.client.bspsa import outcomes, wire
from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.client.bspsa.download import Progress
from bspsa_widgets.client.bspsa.log_redaction import redacting_trace
from bspsa_widgets.client.bspsa.post_guard import PostGuard
from bspsa_widgets.client.bspsa.responses import MAX_OBJECT_BYTES, read_response
from bspsa_widgets.client.bspsa.transport import (
    SUBMIT_RESPONSE_SECONDS,
    SUBMIT_TIMEOUT,
    Connections,
)
from bspsa_widgets.client.bspsa.upload import chunks, opened
from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.errors import BspsaError

log = logging.getLogger(__name__)


async def send_job(
    connections: Connections,
    auth: BearerAuth,
    request: JobRequest,
    archive: SealedArchive,
    progress: Progress | None,
    on_first_byte: Callable[[], None] | None,
) -> Job:
    """Send a job once, on its own connection.

    Args:
        connections: connections to the service.
        auth: gives the request its token.
        request: with the archive's name filled in.
        archive: the sealed zip.
        progress: called with bytes sent and bytes in all.
        on_first_byte: called when the request begins to leave this machine.

    Returns:
        The job.

    Raises:
        BspsaError: see `ServiceAccountClient.submit`.
    """
    # Check again: a copy of a model may hold any value.
    request = JobRequest(**request.model_dump(warnings=False))
    archive = replace(archive)
    async with opened(archive) as file:
        body = chunks(file, archive.size, progress)
        return await _send(connections, auth, request, archive, body, on_first_byte)


async def _send(
    connections: Connections,
    auth: BearerAuth,
    request: JobRequest,
    archive: SealedArchive,
    body: AsyncIterator[bytes],
    on_first_byte: Callable[[], None] | None,
) -> Job:
    limit = asyncio.timeout(None)
    guard = PostGuard(limit, SUBMIT_RESPONSE_SECONDS, on_first_byte)
    try:
        async with (
            limit,
            await connections.new(SUBMIT_TIMEOUT) as http,
            http.stream(
                "POST",
                wire.collection("jobs", request.hpc, request.project),
                headers=wire.submission_headers(request, archive.name, archive.size),
                content=body,
                auth=auth,
                extensions={"trace": redacting_trace(auth, guard.trace)},
            ) as stream,
        ):
            response = await read_response(stream, MAX_OBJECT_BYTES, auth.used)
    except BspsaError as error:
        failure = outcomes.broken_submission(error) if guard.began else error
    except Exception as error:
        kind = type(error).__name__
        log.info("submission broke (%s), first byte sent: %s", kind, guard.began)
        error_for = outcomes.broken_submission if guard.began else connections.failure
        failure = error_for(error)
    else:
        log.info("submission answered %s", response.status)
        return outcomes.expect_marker(outcomes.judge_submission(response), request.marker)
    raise failure  # outside `except`: httpx's message may repeat the token
