"""All errors of the package, in one class tree.

BspsaError
├── InvalidInput              a field holds a value that cannot be sent
│   └── InvalidForm           several fields at once
├── TokenError                there is no usable token
│   ├── TokenMissing
│   ├── TokenMalformed        the value found cannot be a token
│   └── TokenRefused          the service (or the token's expiry date) says it is not valid
├── PackingError              the folder could not be packed into an archive
├── Stopped                   the user cancelled before anything was sent
├── RecordError               no record of the submission can be kept, so nothing is sent
├── AlreadySubmitted          an identical submission exists; the user has to confirm
├── NotSent                   the service was never reached
│   └── UnsafeEndpoint        a redirect or a bad certificate: the token was not sent
├── Refused                   the service refused, before any job was started
│   ├── QuotaRefused
│   ├── AccessRefused
│   └── NotFound
├── ServiceFailure            a response to a read (or a delete) that cannot be used
│   └── JobUnread             unknown whether the job is over, so it was not cancelled
├── DownloadError             a result file is incomplete, or must not be written
├── WholeOnly                 part of a file was requested; the service sends only the whole
├── LocalServiceError         the embedded local service could not start
└── Unconfirmed               sent, and it is not known whether a job exists

Each error says whether a job may exist (`job_may_exist`) and what to do next (`advice`).
Only `Unconfirmed` leaves that open: all others are raised where the failed call
created no job.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class BspsaError(Exception):
    """Base class: a sentence for the user, and what to do next.

    Args:
        message: what happened, in plain words, without a token or a traceback.
        advice: what the user can do now; replaces the default advice of the class.

    Attributes:
        message: what happened.
        advice: what the user can do now; may be "".
        field: name of the form field that the error is about, or None.
        job_may_exist: whether the service may have created a job.
        default_advice: advice of the class.

    Example:
        >>> error = BspsaError("The folder is empty.", advice="Choose another folder.")
        >>> str(error)
        'The folder is empty. Choose another folder.'
        >>> error.verdict
        'No job was created.'
    """

    job_may_exist: ClassVar[bool] = False
    default_advice: ClassVar[str] = ""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = self.default_advice if advice is None else advice
        self.field: str | None = None

    @property
    def errors(self) -> dict[str, str]:
        """Map of field name to sentence, as the panel shows it; empty if no field is wrong."""
        return {self.field: str(self)} if self.field else {}

    @property
    def verdict(self) -> str:
        """One sentence that says whether a job may exist."""
        if self.job_may_exist:
            return "The service may have the job. It will not be sent again without your word."
        return "No job was created."

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.advice) if part)

    def _render_traceback_(self) -> list[str]:
        """Return the lines that a notebook shows; IPython calls this method by its name.

        Returns:
            What happened and what to do; the whole traceback if the user has asked for it
            (`%xmode Verbose`, `%tb Verbose`).
        """
        shell = _ipython()
        if shell is not None and shell.InteractiveTB.mode == "Verbose":
            traceback = shell.InteractiveTB.structured_traceback
            return list(traceback(type(self), self, self.__traceback__))
        said = "" if type(self).verdict is BspsaError.verdict else self.verdict
        verdict = self.verdict if self.job_may_exist else said
        lines = (f"{type(self).__name__}: {self.message}", f"{verdict} {self.advice}")
        return [text for line in lines if (text := _CONTROL.sub(" ", line).strip())]


class InvalidInput(BspsaError):
    """A field holds a value that cannot be sent.

    Args:
        field: name of the form field in Python (`node_number`, `folder`, …).
        problem: the given value, and why it is not possible.
        allowed: what is allowed, and what to do.
    """

    def __init__(self, field: str, problem: str, *, allowed: str) -> None:
        super().__init__(problem, advice=allowed)
        self.field = field

    @property
    def verdict(self) -> str:
        """One sentence: nothing was sent."""
        return "Nothing was sent."


class InvalidForm(InvalidInput):
    """Several fields are wrong.

    Args:
        errors: sentence for each wrong field, by field name, in the order of the form.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        self._errors = dict(errors)
        field = next(iter(self._errors))
        text = " ".join(f"{name}: {sentence}" for name, sentence in self._errors.items())
        super().__init__(field, text, allowed="")

    @property
    def errors(self) -> dict[str, str]:
        """Map of field name to sentence, in the order of the form."""
        return dict(self._errors)


class TokenError(BspsaError):
    """There is no usable token."""


class TokenMissing(TokenError):
    """No source has a token for the endpoint."""

    default_advice = (
        "Paste a token into the panel, set BSPSA_TOKEN, or give token=… in code; "
        "in EBRAINS Lab it is found by itself."
    )


class TokenMalformed(TokenError):
    """A source gave a value that cannot be a token; it was not sent."""

    default_advice = "Copy it again, in one piece."


class TokenRefused(TokenError):
    """The token is expired or invalid."""

    default_advice = "Get a new token (in EBRAINS: log in again), then try once more."


class PackingError(BspsaError):
    """The folder could not be packed into an archive; nothing was sent."""


class Stopped(BspsaError):
    """The user cancelled before the first byte was sent.

    Args:
        message: what was cancelled.
    """

    def __init__(self, message: str = "Cancelled before anything was sent.") -> None:
        super().__init__(message)


class RecordError(BspsaError):
    """The record of a submission cannot be written or read; nothing was sent."""

    default_advice = "Look at the folder and the free space, or name another by BSPSA_RECORDS."


class AlreadySubmitted(BspsaError):
    """The same archive and settings were sent before; nothing was sent this time.

    Args:
        message: when it was sent, and its outcome.
        record: id of the earlier submission's record; "" if that record is gone.
        is_open: whether the earlier submission's outcome is unknown.
        folder: folder of that record if it is another one than this submission's; else "".
        advice: replaces the default advice.

    Example:
        >>> earlier = AlreadySubmitted("Submitted yesterday.", record="nb-abc", is_open=False)
        >>> earlier.record, earlier.job_may_exist
        ('nb-abc', False)
    """

    default_advice = "Submit again only if you want it to run once more."

    def __init__(
        self,
        message: str,
        *,
        record: str,
        is_open: bool,
        folder: str = "",
        advice: str | None = None,
    ) -> None:
        super().__init__(message, advice=advice)
        self.record = record
        self.folder = folder
        self.is_open = is_open

    @property
    def verdict(self) -> str:
        """One sentence: nothing was sent this time."""
        return "Nothing was sent this time."


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


class LocalServiceError(BspsaError):
    """The embedded local service did not start."""


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


def _ipython() -> Any:
    """Return the running IPython shell, or None; IPython is not imported for it."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
