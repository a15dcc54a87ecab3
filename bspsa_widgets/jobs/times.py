"""How long a job has waited and run, as far as it can be known. The service tells little."""

from __future__ import annotations

from datetime import datetime

from bspsa_widgets.jobs.tracked_job import KnownJob, date_of

# Stages that come before a run: a job that is first seen in one has waited since it was sent.
_BEFORE_THE_RUN = frozenset({"STAGINGIN", "READY", "QUEUED", "QUEUE", "COMMANDRENDERING"})
_RUN = "RUNNING"  # NSG's SUBMITTED may be waiting as well


def stage_since(known: KnownJob) -> datetime | None:
    """When the stage began; else when it was first seen so; None where neither is known."""
    if known.job.is_over:
        return ended(known) or _first_seen(known)
    if known.seen and not known.seen[-1].is_start and known.job.stage in _BEFORE_THE_RUN:
        return date_of(known.job.init_date) or _first_seen(known)
    return _first_seen(known)


def running_since(known: KnownJob) -> datetime | None:
    """When it began to run; None where nobody looked then."""
    began = [seen for seen in known.seen if seen.stage == _RUN]
    return began[-1].at if began and began[-1].is_start else None


def ended(known: KnownJob) -> datetime | None:
    """When it came to its end, by the service's word or as seen; None where not known."""
    if not known.job.is_over:
        return None
    told = date_of(known.job.end_date)
    last = known.seen[-1] if known.seen else None
    return told or (last.at if last and last.is_start else None)


def hours_used(known: KnownJob) -> float | None:
    """Hours of the run, approximate; None while it goes on, and where it is not known.

    Where nobody saw the run begin, the time since the submission stands for it: that is what
    the service counts on Piz Daint. More than was asked for would hold the waiting as well.
    """
    end = ended(known)
    began = running_since(known)
    begin = began or date_of(known.job.init_date)
    if end is None or begin is None or end < begin:
        return None
    hours = (end - begin).total_seconds() / 3600
    asked = known.job.runtime
    return None if began is None and asked is not None and hours > asked else hours


def _first_seen(known: KnownJob) -> datetime | None:
    return known.seen[-1].at if known.seen else None
