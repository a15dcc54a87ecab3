"""A plan as the review that the view shows."""

from __future__ import annotations

from bspsa_widgets.packaging.entries import Excluded
from bspsa_widgets.packaging.exclusions import EXCLUDED
from bspsa_widgets.submission.plan import Plan
from bspsa_widgets.widgets.submitter.contract import LeftOut, Review
from bspsa_widgets.widgets.submitter.folder_state import why_not

MOST_SHOWN = 100_000  # of each list: more would make the page slow


def review(request: str, plan: Plan) -> Review:
    """Return what would be sent, file by file, and what would not.

    Args:
        request: id of the request.
        plan: what would be sent.

    Returns:
        the review.
    """
    found = plan.selection
    told = [one.message for one in plan.warnings]
    # Files that cannot be sent have their own list; an empty selection needs a sentence.
    empty = [why_not(found)] if not found.members and not found.stuck else []
    return no_review(request) | {
        "files": [(one.path, one.size) for one in found.members[:MOST_SHOWN]],
        "left_out": [_left_out(one) for one in found.left_out[:MOST_SHOWN]],
        "stuck": [{"path": one.path, "reason": one.reason} for one in found.stuck[:MOST_SHOWN]],
        "size": plan.size,
        "estimate": plan.estimate,
        "warnings": [*dict.fromkeys([*empty, *told]), *_cut(plan)],
    }


def no_review(request: str, error: str = "") -> Review:
    """Return an empty review.

    Args:
        request: id of the request.
        error: why it is empty.

    Returns:
        the review.
    """
    return {
        "kind": "review",
        "id": request,
        "files": [],
        "left_out": [],
        "stuck": [],
        "size": 0,
        "estimate": None,
        "warnings": [],
        "user_reason": EXCLUDED.words,
        "error": error,
    }


def _left_out(one: Excluded) -> LeftOut:
    return {
        "path": one.path,
        "reason": one.reason,
        "size": one.size,
        "may": one.may,
        "by_user": one.kind == "user",
    }


def _cut(plan: Plan) -> list[str]:
    """Return a sentence for each list that is not shown completely."""
    lists = {
        "files": plan.selection.members,
        "entries that are excluded": plan.selection.left_out,
        "entries that cannot be sent": plan.selection.stuck,
    }
    return [
        f"Of {len(entries)} {name} the first {MOST_SHOWN} are shown."
        for name, entries in lists.items()
        if len(entries) > MOST_SHOWN
    ]
