"""A job of the user, as far as it has been seen from here."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bspsa_widgets.client.poll import Look
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.systems import system_of_job
from bspsa_widgets.errors import BspsaError, InvalidInput

# Two looks that are further apart do not tell when a stage began between them.
NEAR = timedelta(minutes=10)

MOST_SIGNS = 100  # of each part of a key
_PART = re.compile(r"[A-Za-z0-9_-]{1,200}")  # of what the service has in its addresses


class Seen(NamedTuple):
    """A stage, and when it was first seen.

    Attributes:
        is_start: it began about then; else it was so already when it was first looked at.
    """

    stage: str
    at: datetime
    is_start: bool = False


class KnownJob(NamedTuple):
    """A job as it was last seen.

    Attributes:
        ref: where it is found. job: as the service last showed it.
        checked: when that was true; None where it is not known.
        seen: stages in the order in which they came.
        problem: why the last look failed, or None.
        is_settled: it is over, and not looked at any more.
        is_lost: the service does not show it any more; what became of it is not known, and
            it is still looked for.
        record: marker of the record beside the notebook; "" where there is none.
    """

    ref: JobRef
    job: Job
    checked: datetime | None = None
    seen: tuple[Seen, ...] = ()
    problem: BspsaError | None = None
    is_settled: bool = False
    is_lost: bool = False
    record: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others: "hpc/project/JOB_ID"."""
        return key_of(self.ref)

    @property
    def has_address(self) -> bool:
        """Whether it can be asked for on its own."""
        return all(_PART.fullmatch(part) for part in self.ref)

    def shown(self, job: Job, at: datetime) -> KnownJob:
        """Once the service has shown it as `job`."""
        job = job.after(self.job)
        if not job.is_shown and self.job.is_shown:
            return self  # this may pass, and is for those to judge who look at the job on its own
        if self.job.terminal_stage and not job.terminal_stage:
            job = self.job  # an end for the service is one for ever: this is an old answer
        return self._replace(
            job=job,
            checked=at,
            seen=self._with_stage(job.stage, at) if job.is_shown else self.seen,
            problem=None,
            is_lost=not job.is_shown,
            # What ends a job for us need not be an end for the service: it may come back.
            is_settled=job.terminal_stage or (self.is_settled and job.is_over),
        )

    def looked_at(self, look: Look) -> KnownJob:
        """Once it was looked at on its own; a look that failed says nothing about the job."""
        if look.problem is not None:
            return self._replace(problem=look.problem, is_lost=look.is_lost)
        return self.shown(look.job, look.at)

    def settled(self) -> KnownJob:
        """Once it is looked at no more."""
        return self._replace(is_settled=True)

    def _with_stage(self, stage: str, at: datetime) -> tuple[Seen, ...]:
        if self.seen and self.seen[-1].stage == stage:
            return self.seen
        near = bool(self.seen) and self.checked is not None and at - self.checked <= NEAR
        return (*self.seen, Seen(stage, at, is_start=near))


def first_seen(job: Job, at: datetime, hpc: str = "", project: str = "") -> KnownJob:
    """A job that was not known before; `hpc`, `project`: where it was found."""
    return KnownJob(
        place_of(job, hpc, project),
        job,
        checked=at,
        seen=(Seen(job.stage, at),) if job.is_shown else (),
        is_settled=job.is_over,
        is_lost=not job.is_shown,
    )


def place_of(job: Job, hpc: str = "", project: str = "") -> JobRef:
    """Where a job is found; its `hpc` is "" where nothing tells."""
    if not (job.hpc or hpc):
        try:
            hpc = system_of_job(job.job_id).id
        except InvalidInput:
            hpc = ""
    ref = JobRef.of(job, hpc, project)
    return ref._replace(job_id=ref.job_id.upper())  # as URLs have it: one job is one row


def key_of(ref: JobRef) -> str:
    """Bounded, whatever a service sends."""
    return "/".join(_bounded(part) for part in ref)


def _bounded(part: str) -> str:
    if len(part) <= MOST_SIGNS:
        return part
    return f"{part[:MOST_SIGNS]}~{hashlib.sha256(part.encode()).hexdigest()[:16]}"


def date_of(text: str | None) -> datetime | None:
    """A date in UTC; None for what is none. The service's dates are UTC, named so or not."""
    try:
        date = datetime.fromisoformat(text or "")
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
