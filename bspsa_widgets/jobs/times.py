"""Estimates how long a job has waited and run; the service reports little about it."""

from __future__ import annotations

from datetime import datetime

from bspsa_widgets.jobs.tracked_job import TrackedJob, date_of

# Stages before the run: a job first seen in one of them has waited since it was sent.
_BEFORE_THE_RUN = frozenset({"STAGINGIN", "READY", "QUEUED", "QUEUE", "COMMANDRENDERING"})
_RUN = "RUNNING"  # NSG's SUBMITTED may be waiting as well


def stage_since(tracked: TrackedJob) -> datetime | None:
    """Return when the stage began, or when it was first seen.

    Args:
        tracked: the job.

    Returns:
        date in UTC; None if neither is known.
    """
    if tracked.job.is_over:
        return ended(tracked) or _first_seen(tracked)
    if tracked.seen and not tracked.seen[-1].is_start and tracked.job.stage in _BEFORE_THE_RUN:
        return date_of(tracked.job.init_date) or _first_seen(tracked)
    return _first_seen(tracked)


def running_since(tracked: TrackedJob) -> datetime | None:
    """Return when the job began to run.

    Args:
        tracked: the job.

    Returns:
        date in UTC; None if that was not observed.
    """
    began = [seen for seen in tracked.seen if seen.stage == _RUN]
    return began[-1].at if began and began[-1].is_start else None


def ended(tracked: TrackedJob) -> datetime | None:
    """Return when the job ended, as reported by the service or as observed.

    Args:
        tracked: the job.

    Returns:
        date in UTC; None if not known, or not over.
    """
    if not tracked.job.is_over:
        return None
    told = date_of(tracked.job.end_date)
    last = tracked.seen[-1] if tracked.seen else None
    return told or (last.at if last and last.is_start else None)


def hours_used(tracked: TrackedJob) -> float | None:
    """Return the duration of the run in hours, approximate.

    If the start of the run was not observed, the time since the submission is taken, as the service
    does on Piz Daint. If this is longer than the requested runtime, it contains waiting time and is
    not returned.

    Args:
        tracked: the job.

    Returns:
        hours; None while the job runs, or if not known.
    """
    end = ended(tracked)
    began = running_since(tracked)
    begin = began or date_of(tracked.job.init_date)
    if end is None or begin is None or end < begin:
        return None
    hours = (end - begin).total_seconds() / 3600
    asked = tracked.job.runtime
    return None if began is None and asked is not None and hours > asked else hours


def _first_seen(tracked: TrackedJob) -> datetime | None:
    return tracked.seen[-1].at if tracked.seen else None
