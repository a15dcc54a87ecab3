"""The job as the view of the submit panel shows it."""

from __future__ import annotations

from datetime import datetime

from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS, HpcSystem
from bspsa_widgets.jobs.input_check import NOTHING, InputCheck, judge_start
from bspsa_widgets.jobs.polling.follow import Poll
from bspsa_widgets.jobs.tracked_job import date_of
from bspsa_widgets.widgets.base.state import State


def job_view(look: Poll, seen: list[tuple[str, datetime]], arrival: InputCheck = NOTHING) -> State:
    """Return the job for the view.

    Args:
        look: result of the last poll.
        seen: stages in the order in which they were seen, and when.
        arrival: result of the input check.

    Returns:
        the view's `JobView`.
    """
    job = look.job
    system = _system(job)
    return {
        "job_id": clean_text(job.job_id),
        "system": job_messages.system_name(job),
        "project": job.project_name,
        "title": job.title,
        "runtime": "" if job.runtime is None else f"{job.runtime:g} h",
        "submitted": job.init_date or "",
        "ended": job.end_date or "",
        "stage": job.stage,
        "is_lost": look.is_lost,
        "meaning": "" if look.is_lost else job.meaning,
        "outcome": job.outcome or "",
        "stages": list(system.stages) if system else [],
        "seen": [{"stage": stage, "at": at.isoformat()} for stage, at in _stages_of(job, seen)],
        "checked": look.at.isoformat(),
        "note": _note(look, seen, arrival),
    }


def _stages_of(job: Job, seen: list[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    """Return the stages that were seen; the last one with the job's own end, if known."""
    end = date_of(job.end_date) if job.is_over else None
    if end is None or not seen or seen[-1][0] != job.stage:
        return seen
    return [*seen[:-1], (job.stage, end)]


def _system(job: Job) -> HpcSystem | None:
    return SYSTEMS.get(job.hpc)


def _note(look: Poll, seen: list[tuple[str, datetime]], arrival: InputCheck) -> str:
    if look.is_lost:
        return job_messages.lost(look.job).detail
    notes = [] if look.problem is None else [job_messages.old(look.problem)]
    is_past = arrival.state == "missing" and look.job.outcome == "succeeded"  # checked again
    if arrival.state in ("missing", "unlisted") and not is_past:
        notes.append(arrival.words)
    if seen and seen[-1][0] == look.job.stage:
        notes.append(judge_start(look.job, (look.at - seen[-1][1]).total_seconds()).words)
    return " ".join(filter(None, notes))
