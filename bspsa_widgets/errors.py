"""Every error of the package, in one tree.

BspsaError
├── InvalidInput              a field holds what cannot be sent
│   └── InvalidForm           several fields at once
├── TokenError                there is no usable token
│   ├── TokenMissing
│   ├── TokenMalformed        what was found cannot be a token
│   └── TokenRefused          the service (or the token's own date) says it is not valid
├── PackingError              the folder could not become an archive
├── Stopped                   the user cancelled before anything was sent
├── RecordError               no record of the submission can be kept, so nothing is sent
├── AlreadySubmitted          the very same was sent before; it takes the user's word
├── NotSent                   the service was never reached
│   └── UnsafeEndpoint        a redirect, a bad certificate: the token did not leave
├── Refused                   the service said no, before anything ran
│   ├── QuotaRefused
│   ├── AccessRefused
│   └── NotFound
├── ServiceFailure            an answer to a read (or delete) that cannot be used
│   └── JobUnread             not known whether it is over, so it was not cancelled
├── DownloadError             a result file did not arrive whole, or may not be written
├── WholeOnly                 a piece of a file was asked for, and the service sends all or nothing
├── LocalServiceError         the embedded local service could not start
└── Unconfirmed               sent, and it is not known whether a job exists

Each says whether a job may exist (`job_may_exist`) and what to do next (`advice`).
Only `Unconfirmed` leaves that open: all others are raised where no job was made by
the call that failed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class BspsaError(Exception):
    """The root: a sentence for the user, and what to do next.

    Args:
        message: what happened, in plain words, without a token or a traceback.
        advice: what the user can do now; replaces the class's own.

    Attributes:
        field: the form's field it is about, or None.
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
        """Field name → sentence, as the panel shows it; empty where no field is wrong."""
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
        """Return the lines that a notebook shows; IPython calls this by its name.

        Returns:
            What happened, and what to do; the whole traceback where the user has asked for it
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
    """One field holds a value that cannot be sent.

    Args:
        field: the form's field, by its name in Python (`node_number`, `folder`, …).
        problem: what was given and why it will not do.
        allowed: what is allowed, and what to do.
    """

    def __init__(self, field: str, problem: str, *, allowed: str) -> None:
        super().__init__(problem, advice=allowed)
        self.field = field

    @property
    def verdict(self) -> str:
        return "Nothing was sent."


class InvalidForm(InvalidInput):
    """Several fields are wrong; `errors` holds a sentence for each, in the form's order."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self._errors = dict(errors)
        field = next(iter(self._errors))
        text = " ".join(f"{name}: {sentence}" for name, sentence in self._errors.items())
        super().__init__(field, text, allowed="")

    @property
    def errors(self) -> dict[str, str]:
        return dict(self._errors)


class TokenError(BspsaError):
    """There is no usable token."""


class TokenMissing(TokenError):
    """No source gave a token that belongs to the endpoint."""

    default_advice = (
        "Paste a token into the panel, set BSPSA_TOKEN, or give token=… in code; "
        "in EBRAINS Lab it is found by itself."
    )


class TokenMalformed(TokenError):
    """What a source gave cannot be a token; it was sent nowhere."""

    default_advice = "Copy it again, in one piece."


class TokenRefused(TokenError):
    """The token is expired or wrong."""

    default_advice = "Get a new token (in EBRAINS: log in again), then try once more."


class PackingError(BspsaError):
    """The folder could not be made into an archive; nothing was sent."""


class Stopped(BspsaError):
    """The user cancelled before the first byte was sent."""

    def __init__(self, message: str = "Cancelled before anything was sent.") -> None:
        super().__init__(message)


class RecordError(BspsaError):
    """The record of a submission cannot be written or read; nothing was sent."""

    default_advice = "Look at the folder and the free space, or name another by BSPSA_RECORDS."


class AlreadySubmitted(BspsaError):
    """The same archive and settings were sent before; now nothing was.

    Args:
        message: when, and what became of it.
        record: id of the earlier submission's record; "" where that is gone.
        is_open: what became of that one is not known.
        folder: of that record, where it is not among this submission's; else "".
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
        return "Nothing was sent this time."


class NotSent(BspsaError):
    """The service could not be reached: no byte of the request left."""

    default_advice = "Check the address and your network, then try again."


class UnsafeEndpoint(NotSent):
    """Going on would have sent the token where it does not belong."""

    default_advice = "Use the https:// address of the service itself."


class Refused(BspsaError):
    """The service said no, with an answer known to come before anything ran.

    Args:
        message: the service's own words, put into a sentence.
        status: the HTTP status.
    """

    def __init__(self, message: str, *, status: int, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.status = status


class QuotaRefused(Refused):
    """There is no quota, or too little."""

    default_advice = "Ask for a shorter runtime, or whoever gives out the project's hours."


class AccessRefused(Refused):
    """The user may not use this project."""

    default_advice = "Choose another project, or ask its owner to add you."


class NotFound(Refused):
    """The HPC system, project, job or file does not exist (for this user)."""


class ServiceFailure(BspsaError):
    """The service's answer to a read cannot be used; what was asked for is not known."""

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
        """A download of a folder is answered 406; the lists do not mark folders."""
        return self.status == 406


class JobUnread(ServiceFailure):
    """Whether the job is over is not known, so nothing was sent to cancel or delete it.

    Args:
        message: why that is not known.
        risk: what may be lost if the request is sent all the same.
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
    """A result file was not written: it came short, or a file is already there."""


class WholeOnly(BspsaError):
    """The service does not send pieces of a file, and the whole is larger than was allowed.

    Args:
        message: with the size, where it is known.
        size: bytes of the whole file; None where nobody says.
    """

    default_advice = "Download the file to look into it."

    def __init__(self, message: str, *, size: int | None = None, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.size = size


class LocalServiceError(BspsaError):
    """The embedded local service did not start."""


class Unconfirmed(BspsaError):
    """Sent, but the answer does not say whether a job exists.

    Args:
        message: what is known.
        job_id: the id that the service named, where it named one.
        is_unlisted: the answer says that a job may run which the service has not recorded:
            such a job never comes into the job list, and only the service's staff can see it.

    Attributes:
        record: id of the submission's record, "" where none is kept.
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
    """What to do about a job that may run without being in the job list."""
    known = f", and give them this job id: {job_id}." if job_id else "."
    return (
        "A job that was started like this may run without ever being in your job list. "
        f"Ask EBRAINS support before you submit again{known}"
    )


def _ipython() -> Any:
    """The shell that runs this, or None; IPython is there already, or nobody uses it."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
