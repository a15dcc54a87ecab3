"""Find downloaded results in a folder of any name, by the file that lists them."""

from __future__ import annotations

import json
import os

from bspsa_widgets.packaging.source import read_regular

# No result has this name: their names never begin with a dot.
RESULTS_FILE = ".bspsa-results.json"
MAX_BYTES = 16 << 20  # of that file; the same limit as where it is written


_ARCHIVES = (".tar.gz", ".tgz", ".tar")


def fetched_names(folder: str) -> frozenset[str]:
    """Return the names in a folder that came from an earlier job.

    Args:
        folder: path of the folder.

    Returns:
        Names of files, and of folders that archives among them were unpacked to; empty if
        nothing was downloaded, or the list cannot be read.
    """
    try:
        data = json.loads(read_regular(os.path.join(folder, RESULTS_FILE), MAX_BYTES) or b"null")
    except (ValueError, RecursionError):
        return frozenset()
    files = data.get("files") if isinstance(data, dict) else None
    names = [name for name in files if isinstance(name, str)] if isinstance(files, dict) else []
    unpacked = [
        name[: -len(suffix)]
        for name in names
        for suffix in _ARCHIVES
        if name.lower().endswith(suffix)
    ]
    return frozenset((*names, *unpacked))


def contains_only_results(folder: str) -> bool:
    """Return whether a folder holds only downloaded results.

    Args:
        folder: path of the folder.

    Returns:
        True if nothing else is in it.
    """
    if not os.path.lexists(os.path.join(folder, RESULTS_FILE)):
        return False
    names = fetched_names(folder)
    return all(name in names or name.startswith(".") for name in os.listdir(folder))
