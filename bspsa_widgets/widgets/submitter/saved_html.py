"""What of a submit panel stays in a saved notebook: the job, or what became of the sending."""

from __future__ import annotations

from typing import Any

from bspsa_widgets.widgets.base.saved_html import SavedCopy, SavedRow

NOTHING = "Nothing was submitted from this panel"
_UNDER_WAY = "A submission was under way"
_IS_SENT = "A submission was under way, and the service may have the job"


def panel_copy(status: dict[str, Any], view: dict[str, Any], known_at: str) -> SavedCopy:
    """The copy of a panel.

    Args:
        status, view: the traits `status` and `job_view`.
        known_at: when they were true, ISO 8601.
    """
    outcome, record = status["outcome"], _record(status["record"])
    if outcome in ("", "accepted") and not status["busy"] and view.get("job_id"):
        caption = status["headline"] or "The job that was submitted last"
        return SavedCopy(caption, (_row(view),), (status["detail"], view["note"]))
    if outcome:
        # Between looks the detail counts them; the last word on it comes with the end.
        detail = "" if status["step"] == "reconciling" else status["detail"]
        return SavedCopy(status["headline"], (), (detail, record), known_at)
    if status["busy"]:
        said = _UNDER_WAY if status["cancellable"] else _IS_SENT
        return SavedCopy(f"{said}.", (), (record,), known_at)
    return SavedCopy(f"{NOTHING}.", (), (), known_at)


def _row(view: dict[str, Any]) -> SavedRow:
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
