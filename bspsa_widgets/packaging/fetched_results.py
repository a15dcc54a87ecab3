"""Results that were downloaded into a folder of any name; a small file there lists them."""

from __future__ import annotations

import json
import os
import stat

# No result has this name: their names never begin with a dot.
RESULTS_FILE = ".bspsa-results.json"
MOST_BYTES = 16 << 20  # of that file; the same limit as where it is written

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_ARCHIVES = (".tar.gz", ".tgz", ".tar")


def fetched_into(place: str) -> frozenset[str]:
    """Return the names in a folder that came from an earlier job.

    Args:
        place: path of the folder.

    Returns:
        Names of files, and of folders that archives among them were unpacked to; empty if
        nothing was downloaded, or the list cannot be read.
    """
    try:
        handle = os.open(os.path.join(place, RESULTS_FILE), _OPEN)
    except OSError:
        return frozenset()
    try:
        with open(handle, "rb") as file:
            is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            data = json.loads(file.read(MOST_BYTES)) if is_file else None
    except (OSError, ValueError, RecursionError):
        return frozenset()
    files = data.get("files") if isinstance(data, dict) else None
    names = [name for name in files if isinstance(name, str)] if isinstance(files, dict) else []
    unpacked = [
        name[: -len(end)] for name in names for end in _ARCHIVES if name.lower().endswith(end)
    ]
    return frozenset((*names, *unpacked))


def holds_only_results(place: str) -> bool:
    """Return whether a folder holds only downloaded results.

    Args:
        place: path of the folder.

    Returns:
        True if nothing else is in it.
    """
    if not os.path.lexists(os.path.join(place, RESULTS_FILE)):
        return False
    names = fetched_into(place)
    return all(name in names or name.startswith(".") for name in os.listdir(place))
