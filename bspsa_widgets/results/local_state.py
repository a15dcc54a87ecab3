"""State of a result's local path: missing, up to date, outdated, modified, or another file."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.domain.jobs import JobFile
from bspsa_widgets.results.index import KeptFile, KeptFiles

# Missing; complete; an outdated version; modified by the user;
# another plain file; not a plain file.
State = Literal["none", "here", "old", "changed", "other", "blocked"]


class LocalState(NamedTuple):
    """State of a result's local path.

    Attributes:
        path: the local path.
        state: "none": missing. "here": complete. "old": an outdated version. "changed": modified by
            the user. "other": another plain file. "blocked": not a plain file.
        size: size in bytes, if it is a plain file.
    """

    path: Path
    state: State
    size: int | None = None


def look(kept: KeptFiles, folder: Path, job_id: str, file: JobFile, name_here: str) -> LocalState:
    """Return the state of a file's local path. Blocks: the file may have to be read.

    Args:
        kept: index of the downloaded files.
        folder: the local folder.
        job_id: id of the job.
        file: the file as listed.
        name_here: its local name (`domain.names_here`).

    Returns:
        the state.
    """
    path = folder / name_here
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return LocalState(path, "none")
    except OSError:
        return LocalState(path, "blocked")
    if not stat.S_ISREG(found.st_mode):
        return LocalState(path, "blocked")
    entry = kept.get(name_here)
    if entry is None or (entry.job, entry.name) != (job_id, file.name):
        return LocalState(path, "other", found.st_size)
    if not _looks_unchanged(path, found, entry):
        return LocalState(path, "changed", found.st_size)
    return LocalState(path, "here" if _is_current(entry, file) else "old", found.st_size)


def is_unchanged(path: Path, entry: KeptFile) -> bool:
    """Return whether a file is byte for byte as downloaded. Blocks: it is read completely.

    Args:
        path: path of the file.
        entry: its entry in the index.

    Returns:
        True if it is.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size != entry.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
    except OSError:
        return False


def _looks_unchanged(path: Path, found: os.stat_result, entry: KeptFile) -> bool:
    """Compare size and time: enough to keep a file, not to replace it."""
    if (found.st_size, found.st_mtime_ns) == (entry.size, entry.modified):
        return True
    return is_unchanged(path, entry)


def _is_current(entry: KeptFile, file: JobFile) -> bool:
    """Return whether the file was complete when the job was over."""
    length = file.final_length
    return (
        entry.is_verified
        and entry.is_final
        and entry.key == file.key
        and length in (None, entry.size)
    )
