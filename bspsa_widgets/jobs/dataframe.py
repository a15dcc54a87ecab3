"""Converts jobs to a pandas DataFrame, if pandas is installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from bspsa_widgets.domain.messages import system_name
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.jobs.times import ended, hours_used, stage_since
from bspsa_widgets.jobs.tracked_job import TrackedJob, date_of

DATES = ("since", "submitted", "ended")
HOURS = ("hours_asked", "hours_used")


def job_frame(jobs: Iterable[TrackedJob]) -> Any:
    """Return a pandas.DataFrame with one row for each job, in the order given.

    Columns: title, system, project, stage, outcome as text ("" if there is none); since (of the
    stage), submitted, ended as dates in UTC; hours_asked, hours_used as floats (NaN if not known;
    used hours are approximate); is_over; hpc, job_id, record.

    Args:
        jobs: the jobs.

    Returns:
        the DataFrame.

    Raises:
        BspsaError: pandas is not installed.
    """
    try:
        pandas: Any = importlib.import_module("pandas")
    except ImportError:
        raise BspsaError(
            "A DataFrame needs pandas, which is not installed here.",
            advice="Install it: pip install pandas. `monitor.jobs` has the jobs without it.",
        ) from None
    rows = [_row(tracked) for tracked in jobs]
    frame = pandas.DataFrame(rows, columns=list(_COLUMNS))
    for name in DATES:
        frame[name] = pandas.to_datetime(frame[name], utc=True).astype("datetime64[ns, UTC]")
    for name in HOURS:
        frame[name] = frame[name].astype("float64")
    frame["is_over"] = frame["is_over"].astype("bool")
    return frame


_COLUMNS = (
    *("title", "system", "project", "stage", "outcome", "is_over"),
    *("since", "submitted", "ended", "hours_asked", "hours_used"),
    *("hpc", "job_id", "record"),
)


def _row(tracked: TrackedJob) -> dict[str, object]:
    job = tracked.job
    return {
        "title": job.title,
        "system": system_name(job),
        "project": tracked.ref.project,
        "stage": job.stage,
        "outcome": job.outcome or "",
        "is_over": job.is_over,
        "since": stage_since(tracked),
        "submitted": date_of(job.init_date),
        "ended": ended(tracked),
        "hours_asked": job.runtime,
        "hours_used": hours_used(tracked),
        "hpc": tracked.ref.hpc,
        "job_id": tracked.ref.job_id,
        "record": tracked.record,
    }
