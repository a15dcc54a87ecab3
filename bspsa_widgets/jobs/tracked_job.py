"""A job of the user, with what has been observed of it."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.systems import system_of_job
from bspsa_widgets.errors import BspsaError, InvalidInput

# If two polls are further apart, it is not known when a stage began between them.
NEAR = timedelta(minutes=10)

MOST_SIGNS = 100  # characters of each part of a key
_PART = re.compile(r"[A-Za-z0-9_-]{1,200}")  # what the service's URLs accept


class SeenStage(NamedTuple):
    """A stage, and when it was first seen.

    Attributes:
        is_start: True if the stage began about then; False if it may have begun earlier.
        stage: name of the stage.
        at: when it was first seen.
    """

    stage: str
    at: datetime
    is_start: bool = False


class TrackedJob(NamedTuple):
    """A job as it was last read.

    Attributes:
        ref: system, project and id of the job.
        job: the job as the service last showed it.
        checked: when it was last read; None if not known.
        seen: stages in the order in which they were seen.
        problem: error of the last poll, or None.
        is_settled: whether it is over and not polled any more.
        is_lost: whether the service does not show it any more; its outcome is not known, and it is
            still polled.
        record: marker of the record beside the notebook; "" if there is none.
    """

    ref: JobRef
    job: Job
    checked: datetime | None = None
    seen: tuple[SeenStage, ...] = ()
    problem: BspsaError | None = None
    is_settled: bool = False
    is_lost: bool = False
    record: str = ""

    @property
    def key(self) -> str:
        """Unique key of the job: "hpc/project/JOB_ID"."""
        return key_of(self.ref)

    @property
    def has_address(self) -> bool:
        """Whether the job can be read on its own."""
        return all(_PART.fullmatch(part) for part in self.ref)

    def shown(self, job: Job, at: datetime) -> TrackedJob:
        """Return the tracked job with a new state that the service has shown.

        Args:
            job: the new state.
            at: when it was read.

        Returns:
            the changed job.
        """
        job = job.after(self.job)
        if not job.is_shown and self.job.is_shown:
            return self  # may be temporary; only a poll of the job itself decides
        if self.job.terminal_stage and not job.terminal_stage:
            job = self.job  # a final stage stays final: this is an old response
        return self._replace(
            job=job,
            checked=at,
            seen=self._with_stage(job.stage, at) if job.is_shown else self.seen,
            problem=None,
            is_lost=not job.is_shown,
            # A job that is over for us may not be over for the service: it may reappear.
            is_settled=job.terminal_stage or (self.is_settled and job.is_over),
        )

    def after_poll(self, poll: Poll) -> TrackedJob:
        """Return the tracked job after a poll; a failed poll says nothing about the job.

        Args:
            poll: result of the poll.

        Returns:
            the changed job.
        """
        if poll.problem is not None:
            return self._replace(problem=poll.problem, is_lost=poll.is_lost)
        return self.shown(poll.job, poll.at)

    def settled(self) -> TrackedJob:
        """Return the tracked job, marked as over and not polled any more.

        Returns:
            the changed job.
        """
        return self._replace(is_settled=True)

    def _with_stage(self, stage: str, at: datetime) -> tuple[SeenStage, ...]:
        if self.seen and self.seen[-1].stage == stage:
            return self.seen
        near = bool(self.seen) and self.checked is not None and at - self.checked <= NEAR
        return (*self.seen, SeenStage(stage, at, is_start=near))


def first_seen(job: Job, at: datetime, hpc: str = "", project: str = "") -> TrackedJob:
    """Return a tracked job for a job that was not known before.

    Args:
        job: the job.
        at: when it was read.
        hpc: id of the system where it was found.
        project: id of the project where it was found.

    Returns:
        the tracked job.
    """
    return TrackedJob(
        ref_of(job, hpc, project),
        job,
        checked=at,
        seen=(SeenStage(job.stage, at),) if job.is_shown else (),
        is_settled=job.is_over,
        is_lost=not job.is_shown,
    )


def ref_of(job: Job, hpc: str = "", project: str = "") -> JobRef:
    """Return a job's reference.

    Args:
        job: the job.
        hpc: id of the system where it was found.
        project: id of the project where it was found.

    Returns:
        the reference; its `hpc` is "" if not known.
    """
    if not (job.hpc or hpc):
        try:
            hpc = system_of_job(job.job_id).id
        except InvalidInput:
            hpc = ""
    ref = JobRef.of(job, hpc, project)
    return ref._replace(job_id=ref.job_id.upper())  # as in URLs, so that one job is one row


def key_of(ref: JobRef) -> str:
    """Return the key of a job; its length is limited, whatever the service sends.

    Args:
        ref: system, project and id of the job.

    Returns:
        the key.
    """
    return "/".join(_bounded(part) for part in ref)


def _bounded(part: str) -> str:
    if len(part) <= MOST_SIGNS:
        return part
    return f"{part[:MOST_SIGNS]}~{hashlib.sha256(part.encode()).hexdigest()[:16]}"


def date_of(text: str | None) -> datetime | None:
    """Return a date of the service in UTC; dates without a time zone are UTC.

    Args:
        text: date in ISO 8601.

    Returns:
        the date; None if the text is not a date.
    """
    try:
        date = datetime.fromisoformat(text or "")
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
