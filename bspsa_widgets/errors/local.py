"""Errors of what is here: the form, the folder, the token, the records. Nothing was sent."""

from __future__ import annotations

from collections.abc import Mapping

from bspsa_widgets.errors.base import BspsaError


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


class LocalServiceError(BspsaError):
    """The embedded local service did not start."""
