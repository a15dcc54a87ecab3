"""What the parts of the view's state have in common."""

from __future__ import annotations

from typing import Any

State = dict[str, Any]


def action(kind: str, label: str, confirm: str = "") -> State:
    """Return a button of the view: what it asks for, its words, and the question before it."""
    return {"kind": kind, "label": label, "confirm": confirm}
