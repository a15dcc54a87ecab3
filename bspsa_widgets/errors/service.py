"""Errors of what the service answered, or did not answer."""

from __future__ import annotations

from bspsa_widgets.errors.base import BspsaError


class NotSent(BspsaError):
    """The service could not be reached: no byte of the request was sent."""

    default_advice = "Check the address and your network, then try again."


class UnsafeEndpoint(NotSent):
    """The request was stopped because the token would have gone to the wrong server."""

    default_advice = "Use the https:// address of the service itself."


class Refused(BspsaError):
    """The service refused, with a response that is known to come before any job starts.

    Args:
        message: the service's own message, as a sentence.
        status: HTTP status.
        advice: replaces the default advice.

    Example:
        >>> error = Refused("The service says: Wrong tool value!", status=400)
        >>> error.status, error.job_may_exist
        (400, False)
    """

    def __init__(self, message: str, *, status: int, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.status = status


class QuotaRefused(Refused):
    """The user has no quota, or too little."""

    default_advice = (
        "Request a shorter runtime, or ask your project's administrator for more hours."
    )


class AccessRefused(Refused):
    """The user may not use this project."""

    default_advice = "Choose another project, or ask its owner to add you."


class NotFound(Refused):
    """The HPC system, project, job or file does not exist (for this user)."""


class ServiceFailure(BspsaError):
    """The service's response to a read cannot be used; the state of what was read is unknown.

    Args:
        message: what happened.
        status: HTTP status; None if there was no response.
        advice: replaces the default advice.
        retry_after: seconds that the service asks to wait; None if it does not say.
    """

    default_advice = "Nothing was changed. Try again in a while."

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        advice: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, advice=advice)
        self.status = status
        self.retry_after = retry_after

    @property
    def is_for_a_folder(self) -> bool:
        """Whether the download was of a folder (status 406); the file lists do not mark folders."""
        return self.status == 406


class JobUnread(ServiceFailure):
    """It is unknown whether the job is over, so no cancel or delete request was sent.

    Args:
        message: why it is unknown.
        risk: what may be lost if the request is sent anyway.
        status: HTTP status of the failed read; None if there was no response.
        advice: replaces the default advice.
    """

    default_advice = "Try again later."

    def __init__(
        self,
        message: str,
        *,
        risk: str = "",
        status: int | None = None,
        advice: str | None = None,
    ) -> None:
        advice = self.default_advice if advice is None else advice
        super().__init__(message, status=status, advice=f"{risk} {advice}".strip())
        self.risk = risk


class DownloadError(BspsaError):
    """A result file was not written: it is incomplete, or another file is already there."""


class WholeOnly(BspsaError):
    """The service does not send part of a file, and the whole file is larger than allowed.

    Args:
        message: what happened, with the size if it is known.
        size: bytes of the whole file; None if unknown.
        advice: replaces the default advice.
    """

    default_advice = "Download the file to look into it."

    def __init__(self, message: str, *, size: int | None = None, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.size = size


class Unconfirmed(BspsaError):
    """The request was sent, but the response does not say whether a job exists.

    Args:
        message: what is known.
        job_id: id that the service named; None if it named none.
        is_unlisted: whether a job may run which the service has not recorded. Such a job never
            appears in the job list; only the service's staff can see it.
        advice: replaces the default advice.

    Attributes:
        record: id of the submission's record; "" if there is none.

    Example:
        >>> error = Unconfirmed("The connection broke.")
        >>> error.job_may_exist
        True
        >>> error.advice
        'Look into your job list before you submit again.'
    """

    job_may_exist = True
    default_advice = "Look into your job list before you submit again."

    def __init__(
        self,
        message: str,
        *,
        job_id: str | None = None,
        is_unlisted: bool = False,
        advice: str | None = None,
    ) -> None:
        if is_unlisted and advice is None:
            advice = unlisted_advice(job_id)
        super().__init__(message, advice=advice)
        self.job_id = job_id
        self.is_unlisted = is_unlisted
        self.record = ""


def unlisted_advice(job_id: str | None) -> str:
    """Return the advice about a job that may run without being in the job list.

    Args:
        job_id: id that the service named; None if it named none.

    Returns:
        One or two sentences.
    """
    known = f", and give them this job id: {job_id}." if job_id else "."
    return (
        "A job that was started like this may run without ever being in your job list. "
        f"Ask EBRAINS support before you submit again{known}"
    )
