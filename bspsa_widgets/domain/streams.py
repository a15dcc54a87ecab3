"""The two streams of a job, and the files in which each system keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bspsa_widgets.domain.jobs import JobFile

Stream = Literal["stdout", "stderr"]

_ENDINGS = ("", ".txt")  # the usual name first
# Systems that keep them under their usual name all the time: no list is needed to ask for them.
_UNLISTED = frozenset({"pizdaint"})


def stream_names(hpc: str, stream: Stream) -> tuple[str, ...]:
    """What its file may be called, the usual name first."""
    shown = stream.upper() if hpc == "nsg" else stream
    return tuple(shown + ending for ending in _ENDINGS)


def unlisted_file(hpc: str, stream: Stream) -> JobFile | None:
    """The file, where it can be asked for without a look at the job's list of files."""
    name = stream_names(hpc, stream)[0]
    return JobFile(name=name, key=name) if hpc in _UNLISTED else None


def listed_file(files: Sequence[JobFile], hpc: str, stream: Stream) -> JobFile | None:
    """The file among those that a job has, in any case of letters; None where there is none."""
    for name in stream_names(hpc, stream):
        alike = [file for file in files if file.name.casefold() == name.casefold()]
        if alike:
            return next((file for file in alike if file.name == name), alike[0])
    return None
