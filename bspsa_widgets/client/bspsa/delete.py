"""DELETE: sent once, on its own connection; its effect is known from the following read."""

from __future__ import annotations

import asyncio

import httpx

from bspsa_widgets.client.bspsa import outcomes, wire
from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.client.bspsa.log_redaction import hushed
from bspsa_widgets.client.bspsa.responses import MOST_OBJECT_BYTES, read_answer
from bspsa_widgets.client.bspsa.service_words import words
from bspsa_widgets.client.bspsa.transport import ANSWER_SECONDS, Connections
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
            asyncio.timeout(ANSWER_SECONDS),
            await connections.fresh() as http,
            http.stream(
                "DELETE",
                wire.member("jobs", ref),
                headers={"Connection": "close"},
                auth=auth,
                extensions={"trace": hushed(auth)},
            ) as response,
        ):
            return await read_answer(response, MOST_OBJECT_BYTES, auth.used)
    except httpx.HTTPError as error:
        failure = connections.failure(error)
    except (ServiceFailure, TimeoutError):
        return None  # an endless or too long response proves nothing
    if isinstance(failure, NotSent):
        raise failure
    return None


def refusal(answer: ServiceResponse | None, job: Job) -> BspsaError | None:
    """Return the reason why the job still runs, if the response gives one.

    The statuses 200, 204, 403, 404 and 500 occur for jobs that were ended and for jobs that were
    not: the status of the HPC system is passed on. A web page says nothing at all.

    Args:
        answer: response to the DELETE request, or None.
        job: the job as it was read afterwards.

    Returns:
        The error; None if the reason is unknown or the job is over.
    """
    if answer is None or answer.status < 400 or job.is_over:
        return None
    if answer.status in (401, 403) and not _is_text(answer):
        return outcomes.judge_read(answer)  # the service's own: the token, or the project
    said = words(answer)
    if not said:
        return None
    return ServiceFailure(
        f"The job was not ended: {said} It is still {job.stage}.",
        status=answer.status,
        advice="Try again in a while.",
    )


def unknown(error: NotSent | ServiceFailure) -> ServiceFailure:
    """Return the error for a job that cannot be read after a DELETE: it may have ended or not.

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


def _is_text(answer: ServiceResponse) -> bool:
    try:
        return isinstance(answer.json(), str)
    except ValueError:
        return False
