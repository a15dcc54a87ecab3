"""What would travel, as the dictionaries that the view shows (js/src/contract.ts)."""

from __future__ import annotations

from typing import Any

from bspsa_widgets.packaging.selection import Selection, nothing_to_send

State = dict[str, Any]

NO_FOLDER: State = {
    "state": "none",
    "folder": "",
    "files": 0,
    "size": 0,
    "left_out": 0,
    "message": "",
}


def counting(folder: str) -> State:
    """The folder is being looked through."""
    return NO_FOLDER | {"state": "counting", "folder": folder}


def folder_info(folder: str, selection: Selection) -> State:
    """What would travel, in figures; and why it cannot be sent, where that is so."""
    message = why_not(selection)
    return {
        "state": "error" if message else "ok",
        "folder": folder,
        "files": len(selection.members),
        "size": selection.size,
        "left_out": len(selection.left_out),
        "message": message,
    }


def uncounted(folder: str, message: str) -> State:
    """A folder that cannot be sent as it is, and why."""
    return NO_FOLDER | {"state": "error", "folder": folder, "message": message}


def why_not(selection: Selection) -> str:
    """Why a folder that was looked through cannot be sent as it is; "" where it can."""
    if selection.stuck:
        first, *more = selection.stuck
        further = f" and {len(more)} more" if more else ""
        return (
            f"This cannot be sent: {first.path:.80} ({first.reason}){further}. "
            "Mend it, or leave it out."
        )
    if not selection.members:
        return str(nothing_to_send(selection.folder, len(selection.left_out)))
    return ""
