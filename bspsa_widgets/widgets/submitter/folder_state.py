"""What would be sent, as dictionaries for the view (js/src/contract.ts)."""

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
    """Return the state while the folder is being scanned.

    Args:
        folder: the folder.

    Returns:
        the state.
    """
    return NO_FOLDER | {"state": "counting", "folder": folder}


def folder_info(folder: str, selection: Selection) -> State:
    """Return the number and size of the files, and why they cannot be sent, if so.

    Args:
        folder: the folder.
        selection: its files.

    Returns:
        the state.
    """
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
    """Return the state of a folder that cannot be sent.

    Args:
        folder: the folder.
        message: why not.

    Returns:
        the state.
    """
    return NO_FOLDER | {"state": "error", "folder": folder, "message": message}


def why_not(selection: Selection) -> str:
    """Return why a scanned folder cannot be sent.

    Args:
        selection: its files.

    Returns:
        the sentence; "" if it can be sent.
    """
    if selection.stuck:
        first, *more = selection.stuck
        further = f" and {len(more)} more" if more else ""
        return (
            f"This cannot be sent: {first.path:.80} ({first.reason}){further}. "
            "Fix it or exclude it."
        )
    if not selection.members:
        return str(nothing_to_send(selection.folder, len(selection.left_out)))
    return ""
