"""What would be sent of a folder, as the view shows it."""

from __future__ import annotations

from bspsa_widgets.packaging.selection import Selection, nothing_to_send
from bspsa_widgets.widgets.submitter.contract import FolderInfo

NO_FOLDER: FolderInfo = {
    "state": "none",
    "files": 0,
    "size": 0,
    "left_out": 0,
    "message": "",
}


COUNTING: FolderInfo = NO_FOLDER | {"state": "counting"}


def folder_info(selection: Selection) -> FolderInfo:
    """Return the number and size of the files, and why they cannot be sent, if so.

    Args:
        selection: the files.

    Returns:
        the state.
    """
    message = why_not(selection)
    return {
        "state": "error" if message else "ok",
        "files": len(selection.members),
        "size": selection.size,
        "left_out": len(selection.left_out),
        "message": message,
    }


def uncounted(message: str) -> FolderInfo:
    """Return the state of a folder that cannot be sent.

    Args:
        message: why not.

    Returns:
        the state.
    """
    return NO_FOLDER | {"state": "error", "message": message}


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
