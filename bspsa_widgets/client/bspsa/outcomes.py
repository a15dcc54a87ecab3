"""Turn responses and network failures into errors of this package; the only place that does.

Two different questions:

* `judge_submission`: after a POST, is there a job? Only a response that is known to come
  before any job starts means no; only a 201 with a job means yes; all else is unknown.
* `judge_read`: after a GET or DELETE, what went wrong? No job was created in any case.
"""

from __future__ import annotations

import math
import re
from typing import Any, Literal, NamedTuple

import httpx

from bspsa_widgets.client.bspsa.error_messages import MAX_SEARCHED, decoded, error_message, one_line
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import (
    AccessRefused,
    BspsaError,
    NotFound,
    NotSent,
    QuotaRefused,
    Refused,
    ServiceFailure,
    TokenRefused,
    Unconfirmed,
    UnsafeEndpoint,
)

_XML_JOB = re.compile(r"<(jobstatus|jobHandle)\b", re.IGNORECASE)
_XML_HANDLE = re.compile(r"<jobHandle>\s*([\w-]{1,100})\s*<", re.IGNORECASE | re.ASCII)

_REDIRECTED = "The service redirected the request; it was not followed"
_CHECK_ADDRESS = (
    "Check the address of the service. Usually it is https:// and the host alone, without a path."
)

Verdict = Literal["accepted", "refused", "unknown", "unlisted"]
# Shape of a body: a JSON string, {"detail"} alone, any other object, other JSON, a web page;
# or JSON that names a job, in an object's job_id or in NSG's XML inside a string.
Shape = Literal["text", "detail", "object", "json", "page", "none", "a job"]


class OutcomeRow(NamedTuple):
    """What a response to a POST says about a job. None stands for any status or shape.

    Attributes:
        status: HTTP status.
        shape: shape of the body.
        verdict: whether there is a job.
        source: sections of api.md, and the reason.
    """

    status: int | None
    shape: Shape | None
    verdict: Verdict
    source: str


# The first row that fits counts. "refused" is only what is known to come before any job
# starts (api.md sections 4.1 and 4.4); an unknown response means "unknown".
VERDICTS = (
    OutcomeRow(201, None, "accepted", "3, 4.4: with the job; without one it is unknown"),
    OutcomeRow(400, "object", "unlisted", "3.3, 4.2, 4.4: title, init_date: runs, is not recorded"),
    OutcomeRow(None, "a job", "unlisted", "4.2, 4.4: last GET failed; 4.3: NSG's 202"),
    OutcomeRow(
        400, "text", "refused", "3.1, 3.3, 4.2, 4.3, 4.4: a wrong value, or the system's no"
    ),
    OutcomeRow(400, "detail", "refused", "3.1, 3.2, 4.4: before the quota is taken"),
    OutcomeRow(400, "page", "refused", "3.3, 4.4: the web server, of the request's head"),
    OutcomeRow(301, None, "refused", "1: without the last slash nothing is run"),
    OutcomeRow(401, None, "refused", "1.1, 4.1, 4.4: no quota; a bad token at the local service"),
    OutcomeRow(403, None, "refused", "1.1, 4.1, 4.4: group or ban"),
    OutcomeRow(404, None, "refused", "2, 4.1, 4.4: HPC or project"),
    OutcomeRow(405, None, "refused", "1: the method"),
    OutcomeRow(406, None, "refused", "1, 4.4: the Accept header"),
    OutcomeRow(411, None, "refused", "3.1: the web server, without a length"),
    OutcomeRow(413, None, "refused", "4.4: the web server, of the length"),
    OutcomeRow(415, None, "refused", "1, 4.4: the Content-Type"),
    OutcomeRow(431, None, "refused", "4.4: the web server, of the head"),
    OutcomeRow(None, None, "unknown", "4.2-4.5: 500, timeouts of the web server, and all else"),
)


def verdict_on(status: int, shape: Shape) -> OutcomeRow:
    """Return the first row of `VERDICTS` that fits a response.

    Args:
        status: HTTP status.
        shape: shape of the body.

    Returns:
        The row.
    """
    return next(
        row for row in VERDICTS if row.status in (None, status) and row.shape in (None, shape)
    )


def judge_submission(response: ServiceResponse) -> Job:
    """Return the job that a POST created (api.md section 4.4).

    Args:
        response: response to the POST request.

    Returns:
        The job.

    Raises:
        Refused: if it is known that no job was created.
        TokenRefused: the same, for a 401 that is not about quota (from the local service).
        Unconfirmed: in all other cases.
    """
    content = decoded(response)
    verdict = verdict_on(response.status, _shape(response, content)).verdict
    if verdict == "accepted":
        try:
            return Job.parse(content)
        except ValueError:
            raise Unconfirmed(
                "The service took the job, but its answer could not be read."
            ) from None
    if verdict == "refused":
        raise _refusal(response, content)
    raise _unconfirmed(response, content, is_unlisted=verdict == "unlisted")


def expect_marker(job: Job, marker: str) -> Job:
    """Return the job, unless it belongs to another submission.

    Args:
        job: job in the response.
        marker: marker that was sent; "" for none.

    Returns:
        The job.

    Raises:
        Unconfirmed: if the job's title has another marker.
    """
    if marker and job.marker and job.marker != marker:
        raise Unconfirmed("The service answered with another job than the one that was sent.")
    return job


def _shape(response: ServiceResponse, content: Any) -> Shape:
    if _names_job(content):
        return "a job"
    if isinstance(content, str):
        return "text"
    if isinstance(content, dict):
        return "detail" if set(content) == {"detail"} else "object"
    if content is not None:
        return "json"
    return "page" if response.is_html else "none"


def _names_job(content: Any) -> bool:
    if isinstance(content, str):
        return _XML_JOB.search(content) is not None
    return isinstance(content, dict) and "job_id" in content


def _unconfirmed(response: ServiceResponse, content: Any, *, is_unlisted: bool) -> Unconfirmed:
    if is_unlisted:
        what = "The service reported a problem, but a job may have been started"
        if _names_job(content):
            whose = "NSG described" if isinstance(content, str) else "it named"
            message = f"{what}: {whose} one."
        else:
            message = f"{what}: {error_message(response) or 'it gave no reason'}"
        return Unconfirmed(message, job_id=_job_id(content), is_unlisted=True)
    return Unconfirmed(
        f"The service answered {_described(response)}, "
        "which does not say whether the job was started."
    )


def judge_read(response: ServiceResponse, *, token_is_good: bool = False) -> BspsaError:
    """Return the error for a response to a GET or DELETE that is not a success.

    Args:
        response: the response.
        token_is_good: whether another request has just succeeded with the same token.

    Returns:
        The error.
    """
    content = decoded(response)
    if response.status in (401, 403, 404):
        return _refusal(response, content)
    if 300 <= response.status < 400:
        return UnsafeEndpoint(f"{_REDIRECTED}.", advice=_CHECK_ADDRESS)
    if response.status == 407:
        return ServiceFailure(
            "A proxy on the way to the service asks for a user name and a password (407).",
            status=407,
            advice="Write them into the setting HTTPS_PROXY as http://NAME:PASSWORD@HOST:PORT, or "
            "ask who runs your network.",
        )
    if response.status == 500 and response.is_html:
        if token_is_good:
            return ServiceFailure("The service failed (500).", status=500)
        return ServiceFailure(
            "The service failed. It also answers like this when a token is expired or wrong.",
            status=500,
            advice="If it goes on, get a new token.",
        )
    if response.retry_after:
        return ServiceFailure(
            f"The service is busy ({response.status}) and asks to wait "
            f"{_duration_text(response.retry_after)}.",
            status=response.status,
            advice="Nothing was changed. Try again then.",
            retry_after=response.retry_after,
        )
    text = error_message(response)
    return ServiceFailure(
        f"The service answered {_described(response)}" + (f": {text}" if text else "."),
        status=response.status,
    )


def _duration_text(seconds: float) -> str:
    """Return a duration in words, rounded up."""
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds > length:
            return f"{math.ceil(seconds / length)} {unit}s"
    return f"{math.ceil(seconds)} second" + ("" if seconds <= 1 else "s")


def unreadable(what: str) -> ServiceFailure:
    """Return the error for a 200 with unexpected content.

    Args:
        what: the expected content, for the message.

    Returns:
        The error.
    """
    return ServiceFailure(f"The service's answer is not {what}.", status=200)


def _refusal(response: ServiceResponse, content: Any) -> BspsaError:
    text = error_message(response)
    if response.status == 401:
        # On the real service 401 is always about quota (api.md section 1.1); the local service
        # responds 401 for a bad token, in the {"detail"} shape.
        if isinstance(content, str) and "quota" in content.lower():
            return QuotaRefused(f"The service says: {text}", status=401)
        return TokenRefused("The service does not take your access token.")
    if response.status == 403:
        # The service's message here ("Authentication credentials were not provided.")
        # means the project's group or a ban, not the credentials (api.md section 1.1).
        return AccessRefused("You may not use this project.", status=403)
    if response.status == 404:
        if text:
            return NotFound(f"The service says: {text}", status=404)
        return NotFound(
            "The service does not know this address.", status=404, advice=_CHECK_ADDRESS
        )
    if response.status == 413:
        return Refused(
            "The archive is too large for the service (413).",
            status=413,
            advice="Exclude in the Review what the job does not need.",
        )
    if response.status == 301:
        return Refused(f"{_REDIRECTED}.", status=301, advice=_CHECK_ADDRESS)
    return Refused(
        f"The service refused: {text}" if text else f"The service refused ({response.status}).",
        status=response.status,
    )


def _job_id(content: Any) -> str | None:
    """Return the id of the job that a response names, in JSON or in NSG's XML."""
    if isinstance(content, str):
        handle = _XML_HANDLE.search(content[:MAX_SEARCHED])
        return handle.group(1) if handle else None
    found = content.get("job_id") if isinstance(content, dict) else None
    if not isinstance(found, str):
        return None
    return one_line(found[:100]) or None


def _described(response: ServiceResponse) -> str:
    kind = "a web page" if response.is_html else "something unexpected"
    return f"{response.status} with {kind}"


def network_failure(error: Exception) -> BspsaError:
    """Return the error for a failure before any byte of the request was sent, or of a read.

    Args:
        error: raised by httpx.

    Returns:
        The error: nothing was changed.
    """
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return NotSent("The service could not be reached: it did not answer in time.")
    if isinstance(error, httpx.ConnectError) and "certificate" in str(error).lower():
        return _bad_certificate(str(error))
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return NotSent("The service could not be reached.")
    if isinstance(error, httpx.TimeoutException):
        return ServiceFailure("The service did not answer in time.")
    if isinstance(error, httpx.TransportError):
        return ServiceFailure("The connection to the service broke.")
    return ServiceFailure(f"The request failed ({type(error).__name__}).")


def _bad_certificate(message: str) -> UnsafeEndpoint:
    """Return the error for a certificate, from OpenSSL's message: unknown authority, or other."""
    if "issuer certificate" not in message and "self-signed" not in message.replace(" ", "-"):
        return UnsafeEndpoint("The service's certificate is not valid; nothing was sent.")
    return UnsafeEndpoint(
        "The service's certificate is signed by an authority that is not known here; "
        "nothing was sent.",
        advice="If your institution or its network has an authority of its own, set SSL_CERT_FILE "
        "to a file with that authority's certificate in PEM format, and restart the kernel or the "
        "terminal. If not, ask who runs your network: somebody may stand in between.",
    )


def broken_submission(error: Exception) -> Unconfirmed:
    """Return the error for a failure after the first byte of a POST (api.md section 4.5).

    Args:
        error: raised by httpx, or while the response was read.

    Returns:
        The error: a job may exist, since the service may continue.
    """
    if isinstance(error, httpx.ReadTimeout | TimeoutError):
        return Unconfirmed("Everything was sent, but the service did not answer in time.")
    if isinstance(error, ServiceFailure):  # there was a response that could not be read
        return Unconfirmed(error.message)
    return Unconfirmed("The connection broke while the job was being handed over.")
