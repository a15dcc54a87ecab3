"""Steps of a submission, as frozen values. Everything that the user sees comes from these."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import Advice
from bspsa_widgets.errors import BspsaError, Refused, TokenRefused, Unconfirmed
from bspsa_widgets.records.record import Record
from bspsa_widgets.submission.quota_drop import QuotaDrop

Outcome = Literal["accepted", "refused", "not_sent", "unconfirmed"]


class Checked(NamedTuple):
    """The form is valid.

    Attributes:
        warnings: warnings for the user to consider.
    """

    warnings: tuple[Advice, ...]


class Packing(NamedTuple):
    """The folder is being packed.

    Attributes:
        done: bytes read so far.
        total: bytes to read.
        files: files packed so far.
        all_files: files to pack.
    """

    done: int
    total: int
    files: int
    all_files: int


class Packed(NamedTuple):
    """The archive is sealed.

    Attributes:
        archive: the sealed zip.
        left_out: number of entries of the folder that are excluded.
    """

    archive: SealedArchive
    left_out: int = 0


class Repeats(NamedTuple):
    """An identical job was sent before; it is sent once more.

    Attributes:
        earlier: record of the earlier submission.
    """

    earlier: Record


class Locked(NamedTuple):
    """Another process holds the lock of the submission list; this one waits.

    Attributes:
        lock: path of the lock file.
    """

    lock: Path


class Prepared(NamedTuple):
    """The submission's record is on disk.

    Attributes:
        record: the record.
    """

    record: Record


class Connecting(NamedTuple):
    """The service is asked for the quota, which checks the token."""


class Connected(NamedTuple):
    """The service has answered the check.

    Attributes:
        hours: hours that the job takes of the quota.
        hours_left: hours left of the quota, approximate; None if not known.
    """

    hours: float
    hours_left: float | None


class Sending(NamedTuple):
    """The request is being sent: from here on the service may have the job.

    Attributes:
        done: bytes sent so far.
        total: bytes to send.
    """

    done: int
    total: int


class Waiting(NamedTuple):
    """Everything is sent; the service is passing the job to the HPC system."""


class Late(NamedTuple):
    """The user cancelled after the first byte was sent: it cannot be taken back."""


class Unsure(NamedTuple):
    """The response was lost or is unclear: the job is searched for from now on.

    Attributes:
        error: what happened.
    """

    error: Unconfirmed


class Looking(NamedTuple):
    """The job was not found yet.

    Attributes:
        looks: number of polls so far.
        pause: seconds until the next poll.
        problem: why the last poll failed; None if it did not.
        quota_drop: by how much the quota has fallen since; None if not known.
        failed: number of polls in which the job list could not be read.
    """

    looks: int
    pause: float
    problem: BspsaError | None = None
    quota_drop: QuotaDrop | None = None
    failed: int = 0


class Accepted(NamedTuple):
    """The service has the job.

    Attributes:
        job: the job.
        others: further jobs with the same marker.
    """

    job: Job
    others: tuple[Job, ...] = ()


Step = (
    Checked
    | Packing
    | Packed
    | Locked
    | Repeats
    | Prepared
    | Connecting
    | Connected
    | Sending
    | Waiting
    | Late
    | Unsure
    | Looking
    | Accepted
)


def outcome_of(error: BspsaError) -> Outcome:
    """Return the outcome of a submission that ended in an error.

    Args:
        error: the error.

    Returns:
        "unconfirmed", "refused" or "not_sent".
    """
    if isinstance(error, Unconfirmed):
        return "unconfirmed"
    return "refused" if isinstance(error, Refused | TokenRefused) else "not_sent"
