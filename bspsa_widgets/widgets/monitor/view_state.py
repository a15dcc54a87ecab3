"""Converts jobs to what the monitor's view shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.jobs.times import hours_used, running_since, stage_since
from bspsa_widgets.jobs.tracked_job import TrackedJob, date_of
from bspsa_widgets.jobs.tracker import ListState
from bspsa_widgets.widgets.base.contract import Option
from bspsa_widgets.widgets.monitor.contract import Condition, FailedList, JobRow, Saved

MOST_SIGNS = 300  # characters of a text in a row; the details show all of it
ENDLESS = ("following your jobs", "showing your jobs")  # work that keeps the table up to date

LOADING: Condition = {
    "state": "loading",
    "message": "Asking the service for your jobs",
    "checked": "",
    "failed": [],
}


def systems_state() -> list[Option]:
    """Return all systems for the table's filter.

    Returns:
        id and label of each.
    """
    return [{"id": hpc, "label": system.short_name} for hpc, system in SYSTEMS.items()]


def row_of(tracked: TrackedJob) -> JobRow:
    """Return a job as a row.

    Args:
        tracked: the tracked job.

    Returns:
        the row.
    """
    job = tracked.job
    return {
        "key": tracked.key,
        "job_id": _cut(clean_text(job.job_id)),
        "title": _cut(job.title),
        "hpc": _cut(tracked.ref.hpc),
        "system": _cut(job_messages.system_name(job)),
        "project": _cut(tracked.ref.project),
        "stage": _cut(job.stage),
        "meaning": _meaning(tracked),
        "outcome": job.outcome or "",
        "is_over": job.is_over,
        "is_lost": tracked.is_lost,
        "since": "" if tracked.is_lost else _date(stage_since(tracked)),
        "submitted": _date(date_of(job.init_date)),
        "number": job.id or 0,
        "asked": job.runtime,
        "used": hours_used(tracked),
        "running_since": _date(_running(tracked)),
        "note": note_of(tracked),
    }


def note_of(tracked: TrackedJob) -> str:
    """Return why what is shown may be outdated.

    Args:
        tracked: the tracked job.

    Returns:
        the sentence; "" if it is up to date.
    """
    if tracked.is_lost:
        return job_messages.lost(tracked.job).detail
    return "" if tracked.problem is None else job_messages.old(tracked.problem)


def condition_of(reading: ListState, shown: Sequence[TrackedJob]) -> Condition:
    """Return the state of the whole table.

    Args:
        reading: state of the job lists.
        shown: the jobs shown.

    Returns:
        the state.
    """
    failed: list[FailedList] = [
        {"system": label.split(" — ")[0], "words": str(error)}
        for label, error in reading.failed.items()
    ]
    open_jobs = [tracked for tracked in shown if not (tracked.job.is_over or tracked.is_lost)]
    return {
        "state": reading.state,
        "message": _message(reading),
        "checked": _date(_last_read(reading, open_jobs)),
        "failed": failed,
    }


def _last_read(reading: ListState, open_jobs: Sequence[TrackedJob]) -> datetime | None:
    """Return when the lists or one of the followed jobs were last read."""
    reads = [
        tracked.checked for tracked in open_jobs if tracked.checked and tracked.problem is None
    ]
    return max([*reads, *([reading.at] if reading.at else [])], default=None)


def saved_of(rows: Sequence[JobRow], reading: ListState) -> Saved:
    """Return the rows for a saved notebook, and when they were read.

    Args:
        rows: the rows.
        reading: state of the job lists.

    Returns:
        the trait `saved`.
    """
    at = datetime.now(UTC) if reading.state == "live" else reading.at
    return {"at": _date(at), "rows": list(rows)}


def with_faults(condition: Condition, faults: Mapping[str, str]) -> Condition:
    """Add failed background work to the state of the table.

    Args:
        condition: the state.
        faults: type of the error by the name of the work. Without some of the work the table is
            outdated.

    Returns:
        the state with a message.
    """
    if not faults:
        return condition
    told = [] if condition["state"] == "loading" else [condition["message"]]
    for name, error in faults.items():
        what = name[:1].upper() + name[1:]
        told.append(f"{what}: something went wrong ({error}); see the log.")
    state = "old" if any(name in ENDLESS for name in faults) else condition["state"]
    return condition | {"state": state, "message": " ".join(filter(None, told))}


def _message(reading: ListState) -> str:
    if reading.problem is None:
        return LOADING["message"] if reading.state == "loading" else ""
    if reading.state == "failed":
        return f"Your jobs cannot be shown. {reading.problem}"
    return f"The list of your jobs could not be read again, so this may be old. {reading.problem}"


def _meaning(tracked: TrackedJob) -> str:
    return job_messages.lost(tracked.job).headline if tracked.is_lost else tracked.job.meaning


def _running(tracked: TrackedJob) -> datetime | None:
    """Return when the run began, for the view's timer; None unless it is running."""
    runs = tracked.job.stage == "RUNNING" and not (tracked.is_settled or tracked.is_lost)
    return running_since(tracked) if runs else None


def _date(date: datetime | None) -> str:
    return "" if date is None else date.isoformat(timespec="seconds")


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SIGNS else f"{text[:MOST_SIGNS]}…"
