"""From a record and the jobs that the service lists to what became of the submission.

Pure. Being listed proves that there is a job; not being listed proves nothing, since a
job can run without ever being recorded (api.md section 4.6).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.records.record import Record

# Seconds after the send: soon at first, then each minute for a quarter of an hour.
LOOKS_AT: tuple[float, ...] = (2, 5, 15, 30, *range(60, 901, 60))


class Match(NamedTuple):
    """The job that was found, or None, and further ones that carry the same marker."""

    job: Job | None
    others: tuple[Job, ...] = ()


def match(record: Record, jobs: Iterable[Job]) -> Match:
    """The jobs that carry the record's marker.

    Several can only be the service's or another program's doing: the first is taken,
    the others are shown, and none is deleted.
    """
    found = sorted(
        {job.job_id: job for job in jobs if job.marker == record.marker}.values(),
        key=lambda job: (job.id is None, job.id or 0, job.job_id),
    )
    return Match(found[0], tuple(found[1:])) if found else Match(None)
