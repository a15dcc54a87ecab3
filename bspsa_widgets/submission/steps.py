"""What a submission goes through, as frozen values. All that a user sees comes from these."""

from __future__ import annotations

from typing import Literal, NamedTuple

from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import Advice
from bspsa_widgets.errors import BspsaError, Refused, TokenRefused, Unconfirmed

Outcome = Literal["accepted", "refused", "not_sent", "unconfirmed"]


class Checked(NamedTuple):
    """The form can be sent; `warnings` are for the user to weigh."""

    warnings: tuple[Advice, ...]


class Packing(NamedTuple):
    """Bytes read so far, and bytes in all."""

    done: int
    total: int


class Packed(NamedTuple):
    """The archive is sealed."""

    archive: SealedArchive


class Connecting(NamedTuple):
    """The service is asked for the job list, which proves the token."""


class Sending(NamedTuple):
    """The request is leaving: from here on the service may have the job. Bytes."""

    done: int
    total: int


class Waiting(NamedTuple):
    """All is sent; the service is handing the job to the HPC system."""


class Accepted(NamedTuple):
    """The service has the job."""

    job: Job


Step = Checked | Packing | Packed | Connecting | Sending | Waiting | Accepted


def outcome_of(error: BspsaError) -> Outcome:
    """What a submission that ended in `error` came to."""
    if isinstance(error, Unconfirmed):
        return "unconfirmed"
    return "refused" if isinstance(error, Refused | TokenRefused) else "not_sent"
