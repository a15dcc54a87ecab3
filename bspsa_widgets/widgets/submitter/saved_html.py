"""Copy of a submit panel for a saved notebook: the job, or the outcome."""

from __future__ import annotations

from bspsa_widgets.widgets.base.contract import JobView
from bspsa_widgets.widgets.base.saved_html import SavedHtml, SavedRow
from bspsa_widgets.widgets.submitter.contract import NoJob, Status

NOTHING = "Nothing was submitted from this panel"
_UNDER_WAY = "A submission was under way"
_IS_SENT = "A submission was under way, and the service may have the job"


def panel_copy(status: Status, view: JobView | NoJob, known_at: str) -> SavedHtml:
    """Return the copy of a panel.

    Args:
        status: the trait `status`.
        view: the trait `job_view`.
        known_at: when they were set, ISO 8601.

    Returns:
        the copy.
    """
    outcome, record = status["outcome"], _record(status["record"])
    if outcome in ("", "accepted") and not status["busy"] and "job_id" in view:
        caption = status["headline"] or "The job that was submitted last"
        return SavedHtml(caption, (_row(view),), (status["detail"], view["note"]))
    if outcome:
        # While the job is searched for, the detail counts polls and changes all the time.
        detail = "" if status["step"] == "reconciling" else status["detail"]
        return SavedHtml(status["headline"], (), (detail, record), known_at)
    if status["busy"]:
        said = _UNDER_WAY if status["cancellable"] else _IS_SENT
        return SavedHtml(f"{said}.", (), (record,), known_at)
    return SavedHtml(f"{NOTHING}.", (), (), known_at)


def _row(view: JobView) -> SavedRow:
    return SavedRow(
        system=view["system"],
        project=view["project"],
        title=view["title"],
        job_id=view["job_id"],
        stage=view["stage"],
        meaning=view["meaning"],
        at=view["checked"],
    )


def _record(marker: str) -> str:
    return f"Its record is {marker}." if marker else ""
