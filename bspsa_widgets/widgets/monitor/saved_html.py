"""Copy of a monitor for a saved notebook: the newest jobs as last known."""

from __future__ import annotations

from bspsa_widgets.widgets.base.saved_html import SavedHtml, SavedRow
from bspsa_widgets.widgets.monitor.contract import JobRow, Saved

JOBS = "Your jobs, the newest first"
NONE = "No jobs were known when this notebook was saved."


def monitor_copy(saved: Saved, total: int) -> SavedHtml:
    """Return the copy of a monitor.

    Args:
        saved: the trait `saved`.
        total: number of all jobs.

    Returns:
        the copy.
    """
    rows = tuple(_row(row, saved["at"]) for row in saved["rows"])
    if not rows:
        return SavedHtml(NONE, at=saved["at"])
    further = total - len(rows)
    return SavedHtml(JOBS, rows, (f"… and {further} more.",) if further > 0 else ())


def _row(row: JobRow, at: str) -> SavedRow:
    return SavedRow(
        system=row["system"],
        project=row["project"],
        title=row["title"],
        job_id=row["job_id"],
        stage=row["stage"],
        meaning=row["meaning"],
        at=at,
    )
