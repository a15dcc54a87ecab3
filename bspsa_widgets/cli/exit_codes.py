"""Exit codes of `bspsa`, as documented in the README."""

from __future__ import annotations

from bspsa_widgets.errors import (
    AlreadySubmitted,
    BspsaError,
    InvalidInput,
    PackingError,
    RecordError,
    Stopped,
    TokenMalformed,
    TokenMissing,
    Unconfirmed,
)

DONE = 0
STOPPED_WAITING = OTHER = 1  # the job goes on; or an unexpected error
WRONG_INPUT = 2  # nothing was sent; also: the same was sent before, with unknown outcome
NO_JOB = 3  # refused, or the service could not be reached before anything was sent
UNKNOWN = 4  # whether a job exists
JOB_FAILED = 5  # with --wait
INTERRUPTED = 130  # before anything was sent

# Errors that the user can fix; nothing was sent.
_YOURS = (
    InvalidInput,
    TokenMissing,
    TokenMalformed,
    PackingError,
    RecordError,
    AlreadySubmitted,
)


def exit_code(error: BspsaError) -> int:
    """Return the exit code for a command that ended in an error.

    Args:
        error: the error.

    Returns:
        the exit code.
    """
    if isinstance(error, Unconfirmed):
        return UNKNOWN
    if isinstance(error, Stopped):
        return INTERRUPTED
    if isinstance(error, _YOURS):
        return WRONG_INPUT
    return NO_JOB
