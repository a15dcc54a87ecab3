"""Finds the job of a submission among the jobs that the service lists.

Being listed proves that there is a job. Not being listed proves nothing, since a job can run
without ever being recorded (api.md section 4.6).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.records.record import Record

# Seconds after the send: short intervals at first, then every minute up to 15 minutes.
LOOKS_AT: tuple[float, ...] = (2, 5, 15, 30, *range(60, 901, 60))


class Match(NamedTuple):
    """Jobs that carry a record's marker.

    Attributes:
        job: the job; None if there is none.
        others: further jobs with the same marker.
    """

    job: Job | None
    others: tuple[Job, ...] = ()


def match(record: Record, jobs: Iterable[Job]) -> Match:
    """Return the jobs that carry the record's marker.

    The service or another program can cause several: the first is taken, the others are shown, and
    none is deleted.

    Args:
        record: record of the submission.
        jobs: jobs that the service lists.

    Returns:
        the job, and further ones with the same marker.
    """
    found = sorted(
        {job.job_id: job for job in jobs if job.marker == record.marker}.values(),
        key=lambda job: (job.id is None, job.id or 0, job.job_id),
    )
    return Match(found[0], tuple(found[1:])) if found else Match(None)
