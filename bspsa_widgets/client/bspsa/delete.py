"""DELETE: sent once, on a connection of its own; what it did is for the following read to say."""

from __future__ import annotations

import asyncio

import httpx

from bspsa_widgets.client.bspsa import outcomes, wire
from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.client.bspsa.log_redaction import hushed
from bspsa_widgets.client.bspsa.responses import MOST_OBJECT_BYTES, read_answer
from bspsa_widgets.client.bspsa.service_words import words
from bspsa_widgets.client.bspsa.transport import ANSWER_SECONDS, Connections
from bspsa_widgets.client.bspsa.wire import Answer
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotSent, ServiceFailure
from bspsa_widgets.tokens import TokenChain


async def send_delete(connections: Connections, tokens: TokenChain, ref: JobRef) -> Answer | None:
    """The answer; None where the request left and no answer could be read.

    The connection is not used again: a 204 comes with a body that nobody expects, and the
    next answer would begin with it (api.md section 6).

    Raises:
        NotSent, TokenError: nothing left.
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
        return None  # what it answers at such length says nothing either
    if isinstance(failure, NotSent):
        raise failure
    return None


def refusal(answer: Answer | None, job: Job) -> BspsaError | None:
    """Why the job goes on, where the answer says so; None where that is not known.

    200, 204, 403, 404 and 500 can all come of a job that was ended, and of one that was not:
    the HPC system's own status is passed on. A web page says nothing at all.

    Args:
        job: as it was read afterwards.
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
    """For a job that cannot be read after a DELETE: it may be ended or not."""
    return ServiceFailure(
        f"It is not known whether the job was cancelled. {error.message}",
        status=getattr(error, "status", None),
        advice="Look at the job again in a while.",
    )


def _is_text(answer: Answer) -> bool:
    try:
        return isinstance(answer.json(), str)
    except ValueError:
        return False
