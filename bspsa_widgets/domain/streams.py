"""The two output streams of a job, and the files in which each system stores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bspsa_widgets.domain.jobs import JobFile

Stream = Literal["stdout", "stderr"]

_ENDINGS = ("", ".txt")  # the usual name first
# Systems that always use the usual name: the file list is not needed.
_UNLISTED = frozenset({"pizdaint"})


def stream_names(hpc: str, stream: Stream) -> tuple[str, ...]:
    """Return the file names that a stream may have.

    Args:
        hpc: system id.
        stream: "stdout" or "stderr".

    Returns:
        The names, the usual one first.
    """
    shown = stream.upper() if hpc == "nsg" else stream
    return tuple(shown + ending for ending in _ENDINGS)


def unlisted_file(hpc: str, stream: Stream) -> JobFile | None:
    """Return the file of a stream if it can be requested without reading the job's file list.

    Args:
        hpc: system id.
        stream: "stdout" or "stderr".

    Returns:
        The file; None if the list is needed.
    """
    name = stream_names(hpc, stream)[0]
    return JobFile(name=name, key=name) if hpc in _UNLISTED else None


def listed_file(files: Sequence[JobFile], hpc: str, stream: Stream) -> JobFile | None:
    """Return the file of a stream from a job's file list; upper and lower case are not compared.

    Args:
        files: files of the job.
        hpc: system id.
        stream: "stdout" or "stderr".

    Returns:
        The file; None if the job has none.
    """
    for name in stream_names(hpc, stream):
        alike = [file for file in files if file.name.casefold() == name.casefold()]
        if alike:
            return next((file for file in alike if file.name == name), alike[0])
    return None
