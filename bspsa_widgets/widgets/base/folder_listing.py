"""Lists folders for the folder picker, one level at a time, inside a root."""

from __future__ import annotations

import os
from pathlib import Path

from bspsa_widgets.widgets.base.contract import ListedFolder, Listing

MOST_ENTRIES = 1000  # of one level; nobody looks through more


def listing(root: Path, path: str) -> Listing:
    """Return one level, without the id of a request.

    Args:
        root: absolute path; nothing outside it is shown.
        path: path relative to `root`, with forward slashes; "" is the root itself.

    Returns:
        the listing.
    """
    place = _inside(root, path)
    if place is None:
        return _empty("", None) | {"error": "This folder is outside of what can be shown."}
    below = "" if place == root.resolve() else place.relative_to(root.resolve()).as_posix()
    empty = _empty(below, below.rpartition("/")[0] if below else None)
    try:
        # Folders first: the user chooses one, and the end of a long list is cut off.
        entries = sorted(_shown(place), key=lambda e: (not _is_folder(e), e.name.lower()))
    except OSError as error:
        return empty | {"error": f"This folder cannot be read: {error.strerror}."}
    shown = entries[:MOST_ENTRIES]
    return empty | {
        "folders": [_folder(below, entry.name) for entry in shown if _is_folder(entry)],
        "files": [
            {"name": entry.name, "size": _size(entry)} for entry in shown if not _is_folder(entry)
        ],
        "more": len(entries) > MOST_ENTRIES,
    }


def _inside(root: Path, path: str) -> Path | None:
    try:
        home = root.resolve()
        place = (home / path).resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    return place if place == home or home in place.parents else None


def _empty(path: str, parent: str | None) -> Listing:
    return {
        "kind": "listing",
        "id": "",
        "path": path,
        "parent": parent,
        "folders": [],
        "files": [],
        "more": False,
        "error": "",
    }


def _shown(place: Path) -> list[os.DirEntry[str]]:
    with os.scandir(place) as entries:
        return [
            entry
            for entry in entries
            if not entry.name.startswith(".")
            and entry.name != "__pycache__"
            and _is_text(entry.name)
        ]


def _is_text(name: str) -> bool:
    """Return whether a name is valid Unicode; others cannot be sent to the view."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _folder(below: str, name: str) -> ListedFolder:
    return {"name": name, "path": f"{below}/{name}" if below else name}


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
