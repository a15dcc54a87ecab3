"""The job as the view of the submit panel shows it."""

from __future__ import annotations

from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.jobs.input_check import NOTHING, InputCheck, judge_start
from bspsa_widgets.jobs.tracked_job import SeenStage, TrackedJob, date_of
from bspsa_widgets.widgets.base.contract import JobView

NO_JOB: JobView = {
    "job_id": "",
    "system": "",
    "project": "",
    "title": "",
    "runtime": "",
    "submitted": "",
    "ended": "",
    "stage": "",
    "is_lost": False,
    "meaning": "",
    "outcome": "",
    "stages": [],
    "seen": [],
    "checked": "",
    "note": "",
}


def job_view(known: TrackedJob, arrival: InputCheck = NOTHING) -> JobView:
    """Return the job for the view.

    Args:
        known: the job as last read.
        arrival: result of the input check.

    Returns:
        the job.
    """
    job = known.job
    system = SYSTEMS.get(job.hpc)
    return {
        "job_id": clean_text(job.job_id),
        "system": job_messages.system_name(job),
        "project": job.project_name,
        "title": job.title,
        "runtime": "" if job.runtime is None else f"{job.runtime:g} h",
        "submitted": job.init_date or "",
        "ended": job.end_date or "",
        "stage": job.stage,
        "is_lost": known.is_lost,
        "meaning": "" if known.is_lost else job.meaning,
        "outcome": job.outcome or "",
        "stages": list(system.stages) if system else [],
        "seen": [{"stage": seen.stage, "at": seen.at.isoformat()} for seen in _stages_of(known)],
        "checked": known.checked.isoformat() if known.checked else "",
        "note": _note(known, arrival),
    }


def _stages_of(known: TrackedJob) -> tuple[SeenStage, ...]:
    """Return the stages that were seen; the last one with the job's own end, if known."""
    job, seen = known.job, known.seen
    end = date_of(job.end_date) if job.is_over else None
    if end is None or not seen or seen[-1].stage != job.stage:
        return seen
    return (*seen[:-1], seen[-1]._replace(at=end))


def _note(known: TrackedJob, arrival: InputCheck) -> str:
    job = known.job
    if known.is_lost:
        return job_messages.lost(job).detail
    notes = [] if known.problem is None else [job_messages.old(known.problem)]
    is_past = arrival.state == "missing" and job.outcome == "succeeded"  # checked again
    if arrival.state in ("missing", "unlisted") and not is_past:
        notes.append(arrival.words)
    if known.checked and known.seen and known.seen[-1].stage == job.stage:
        seconds = (known.checked - known.seen[-1].at).total_seconds()
        notes.append(judge_start(job, seconds).words)
    return " ".join(filter(None, notes))
