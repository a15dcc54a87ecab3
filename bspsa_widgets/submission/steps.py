"""What a submission goes through, as frozen values. All that a user sees comes from these."""

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
    """The form can be sent; `warnings` are for the user to weigh."""

    warnings: tuple[Advice, ...]


class Packing(NamedTuple):
    """Bytes read so far and in all; files packed so far and in all."""

    done: int
    total: int
    files: int
    all_files: int


class Packed(NamedTuple):
    """The archive is sealed; so many entries of the folder are left out of it."""

    archive: SealedArchive
    left_out: int = 0


class Repeats(NamedTuple):
    """The very same was sent before, as `earlier`; it is sent once more."""

    earlier: Record


class Locked(NamedTuple):
    """Another program has the list of submissions, by this lock's file: it is waited for."""

    lock: Path


class Prepared(NamedTuple):
    """The submission's record is on disk."""

    record: Record


class Connecting(NamedTuple):
    """The service is asked for the quota, which proves the token."""


class Connected(NamedTuple):
    """It answered. Hours that the job takes of the quota, and that are left (None: unknown)."""

    hours: float
    hours_left: float | None


class Sending(NamedTuple):
    """The request is leaving: from here on the service may have the job. Bytes."""

    done: int
    total: int


class Waiting(NamedTuple):
    """All is sent; the service is handing the job to the HPC system."""


class Late(NamedTuple):
    """The user cancelled after the first byte had left: it cannot be taken back."""


class Unsure(NamedTuple):
    """The answer does not tell, or none came: the job is looked for from now on."""

    error: Unconfirmed


class Looking(NamedTuple):
    """The job was not found yet.

    Attributes:
        looks: how often it was looked for so far. pause: seconds until the next look.
        problem: why the last look showed nothing at all.
        quota_drop: by how much the quota has fallen since; None: not known.
        failed: in how many of the looks the job list could not be read.
    """

    looks: int
    pause: float
    problem: BspsaError | None = None
    quota_drop: QuotaDrop | None = None
    failed: int = 0


class Accepted(NamedTuple):
    """The service has the job; `others` carry the same marker."""

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
    """What a submission that ended in `error` came to."""
    if isinstance(error, Unconfirmed):
        return "unconfirmed"
    return "refused" if isinstance(error, Refused | TokenRefused) else "not_sent"
