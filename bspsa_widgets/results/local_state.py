"""What stands in a result file's place: nothing, the file itself, or somebody's else."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.domain.jobs import JobFile
from bspsa_widgets.results.index import KeptFile, KeptFiles

# nothing; the file, whole; the file as it was earlier; the same, changed since by the user;
# a plain file that is none of this; what is no plain file.
State = Literal["none", "here", "old", "changed", "other", "blocked"]


class Standing(NamedTuple):
    """What stands at `path`, and its bytes where it is a plain file."""

    path: Path
    state: State
    size: int | None = None


def look(kept: KeptFiles, folder: Path, job_id: str, file: JobFile, name_here: str) -> Standing:
    """What stands where a file would come to. Blocks: it may have to be read.

    Args:
        name_here: what the file is called here (`domain.names_here`).
    """
    path = folder / name_here
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Standing(path, "none")
    except OSError:
        return Standing(path, "blocked")
    if not stat.S_ISREG(found.st_mode):
        return Standing(path, "blocked")
    entry = kept.get(name_here)
    if entry is None or (entry.job, entry.name) != (job_id, file.name):
        return Standing(path, "other", found.st_size)
    if not _looks_unchanged(path, found, entry):
        return Standing(path, "changed", found.st_size)
    return Standing(path, "here" if _is_current(entry, file) else "old", found.st_size)


def is_unchanged(path: Path, entry: KeptFile) -> bool:
    """Whether it is, byte for byte, what came. Blocks: it is read to its end."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size != entry.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
    except OSError:
        return False


def _looks_unchanged(path: Path, found: os.stat_result, entry: KeptFile) -> bool:
    """By size and time, which is enough to keep it; to replace it takes more."""
    if (found.st_size, found.st_mtime_ns) == (entry.size, entry.modified):
        return True
    return is_unchanged(path, entry)


def _is_current(entry: KeptFile, file: JobFile) -> bool:
    """Whether the job has nothing newer: it came whole, once the job was over."""
    length = file.settled_length
    return (
        entry.is_verified
        and entry.is_final
        and entry.key == file.key
        and length in (None, entry.size)
    )
