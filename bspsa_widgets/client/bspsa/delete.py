"""DELETE: sent once, on its own connection. The job's state, read afterwards, shows the effect."""

from __future__ import annotations

import asyncio

import httpx

from bspsa_widgets.client.bspsa import outcomes, wire
from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.client.bspsa.error_messages import error_message
from bspsa_widgets.client.bspsa.log_redaction import redacting_trace
from bspsa_widgets.client.bspsa.responses import MAX_OBJECT_BYTES, read_response
from bspsa_widgets.client.bspsa.transport import RESPONSE_SECONDS, Connections
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotSent, ServiceFailure
from bspsa_widgets.tokens import TokenChain


async def send_delete(
    connections: Connections, tokens: TokenChain, ref: JobRef
) -> ServiceResponse | None:
    """Send a DELETE request once.

    The connection is not used again: a 204 comes with an unexpected body, which would be read
    as the start of the next response (api.md section 6).

    Args:
        connections: connections to the service.
        tokens: sources of the token.
        ref: address of the job.

    Returns:
        The response; None if the request was sent and no response could be read.

    Raises:
        NotSent: if nothing was sent.
        TokenError: if there is no token; nothing was sent.
    """
    auth = BearerAuth(tokens)
    try:
        async with (
            asyncio.timeout(RESPONSE_SECONDS),
            await connections.new() as http,
            http.stream(
                "DELETE",
                wire.member("jobs", ref),
                headers={"Connection": "close"},
                auth=auth,
                extensions={"trace": redacting_trace(auth)},
            ) as response,
        ):
            return await read_response(response, MAX_OBJECT_BYTES, auth.used)
    except httpx.HTTPError as error:
        failure = connections.failure(error)
    except (ServiceFailure, TimeoutError):
        return None  # an endless or too long response proves nothing
    if isinstance(failure, NotSent):
        raise failure
    return None


def refusal(response: ServiceResponse | None, job: Job) -> BspsaError | None:
    """Return the reason why the job still runs, if the response gives one.

    The statuses 200, 204, 403, 404 and 500 occur for jobs that were cancelled and for jobs that
    were not: the service forwards the status of the HPC system. A web page has no meaning.

    Args:
        response: response to the DELETE request, or None.
        job: the job as it was read afterwards.

    Returns:
        The error; None if the reason is unknown or the job is over.
    """
    if response is None or response.status < 400 or job.is_over:
        return None
    if response.status in (401, 403) and not _is_text(response):
        return outcomes.judge_read(response)  # from the service itself: the token, or the project
    message = error_message(response)
    if not message:
        return None
    return ServiceFailure(
        f"The job was not ended: {message} It is still {job.stage}.",
        status=response.status,
        advice="Try again in a while.",
    )


def unknown(error: NotSent | ServiceFailure) -> ServiceFailure:
    """Return the error for a job whose state cannot be read after a DELETE.

    Args:
        error: why the job cannot be read.

    Returns:
        The error for the user.
    """
    return ServiceFailure(
        f"It is not known whether the job was cancelled. {error.message}",
        status=getattr(error, "status", None),
        advice="Look at the job again in a while.",
    )


def _is_text(response: ServiceResponse) -> bool:
    try:
        return isinstance(response.json(), str)
    except ValueError:
        return False
