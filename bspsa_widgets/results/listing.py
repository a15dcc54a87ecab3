"""What a job has to fetch, and what of it is here already."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.domain.names_here import names_here
from bspsa_widgets.results.index import KeptFiles
from bspsa_widgets.results.local_state import Standing, look
from bspsa_widgets.results.preview.kind import PreviewKind, preview_kind

MOST_NAMED = 5  # names in a notice

GROWING = "The job goes on: its files may still change."
_ODD = (
    "Piz Daint's list cuts a name at the first space or other odd character, and does not tell "
    "folders from files. This may be so with {names}: if one does not come, type its whole name."
)
_FOLDERS = "Only files at the top can be fetched; a name typed as folder/name is tried."
# Without a suffix, and yet whole: what the systems themselves leave.
_USUAL = frozenset({"stdout", "stderr", "unicore_script_exit_code", "unicore_script_pid"})


class ResultFile(NamedTuple):
    """A file of a job.

    Attributes:
        file: as listed. name_here: what it is called in the folder.
        size: bytes, None where nobody says.
        state: "here" (whole and unchanged: not fetched again), "changed" (came, and was
            changed here since), "other" (something else is in its place), "" (to be
            fetched; also what came while the job went on).
        path: of what stands in its place, None for nothing.
        kind: of preview; "" for none.
    """

    file: JobFile
    name_here: str
    size: int | None
    state: Literal["", "here", "changed", "other"]
    path: Path | None
    kind: PreviewKind | Literal[""]


class Listed(NamedTuple):
    """A job's files in the service's order, and what is to be known about the list."""

    files: tuple[ResultFile, ...]
    notes: tuple[str, ...]


async def list_results(service: ServiceAccountClient, ref: JobRef, job: Job, place: Path) -> Listed:
    """The files of a job, and what of them is in `place`.

    Args:
        job: as last read; it should be fresh, since NSG lists other files once the service
            knows that a job is over.

    Raises:
        BspsaError: the list cannot be read.
    """
    listed = await service.files(ref)
    files = await asyncio.to_thread(_looked, listed, job.job_id, place)
    return Listed(files, tuple(_notes(job, listed)))


def _looked(listed: Sequence[JobFile], job_id: str, place: Path) -> tuple[ResultFile, ...]:
    kept = KeptFiles(place)
    names = names_here(listed, {here: file.name for here, file in kept.of(job_id)})
    return tuple(_result(file, look(kept, place, job_id, file, names[file.key])) for file in listed)


def _result(file: JobFile, standing: Standing) -> ResultFile:
    state: Literal["", "here", "changed", "other"]
    match standing.state:
        case "here" | "changed" | "other":
            state = standing.state
        case "blocked":
            state = "other"
        case _:
            state = ""
    return ResultFile(
        file,
        standing.path.name,
        standing.size if file.length is None and state == "here" else file.length,
        state,
        None if standing.state == "none" else standing.path,
        preview_kind(file.name),
    )


def _notes(job: Job, listed: Sequence[JobFile]) -> list[str]:
    notes = [GROWING] if listed and job.is_shown and not job.is_over else []
    if any("/" in file.name for file in listed):
        notes.append(_FOLDERS)
    odd = [file.name for file in listed if isinstance(file.raw, str) and _may_be_cut(file.name)]
    if odd:
        named = [f"“{name:.40}”" for name in odd[:MOST_NAMED]]
        more = [f"{len(odd) - MOST_NAMED} more"] if len(odd) > MOST_NAMED else []
        notes += [_ODD.format(names=", ".join([*named, *more])), _FOLDERS]
    return list(dict.fromkeys(notes))


def _may_be_cut(name: str) -> bool:
    """It has no suffix, or ends in the middle of something. A guess, and told as one."""
    stem, dot, _ = name.rpartition(".")
    return name.lower() not in _USUAL and (not (dot and stem) or name[-1] in "._-")
