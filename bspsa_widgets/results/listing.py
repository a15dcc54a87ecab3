"""Lists the files of a job and compares them with the local files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
from bspsa_widgets.domain.names_here import names_here
from bspsa_widgets.results.index import KeptFiles
from bspsa_widgets.results.local_state import LocalState, look
from bspsa_widgets.results.preview.kind import PreviewKind, preview_kind

MOST_NAMED = 5  # names in a notice

GROWING = "The job goes on: its files may still change."
_ODD = (
    "Piz Daint's list cuts a name at the first space or other odd character, and does not tell "
    "folders from files. This may be so with {names}: if one does not come, type its whole name."
)
_FOLDERS = "Only files at the top can be fetched; a name typed as folder/name is tried."
# Files of the systems themselves: their names are complete without a suffix.
_USUAL = frozenset({"stdout", "stderr", "unicore_script_exit_code", "unicore_script_pid"})


class ResultFile(NamedTuple):
    """A file of a job.

    Attributes:
        file: the file as listed.
        name_here: its local name.
        size: size in bytes; None if not known.
        state: "here": complete and unchanged, not downloaded again. "changed": downloaded and
            changed here since. "other": another file has its name. "": to be downloaded, including
            files that were downloaded while the job was running.
        path: path of the local file; None if there is none.
        kind: kind of preview; "" if there is none.
    """

    file: JobFile
    name_here: str
    size: int | None
    state: Literal["", "here", "changed", "other"]
    path: Path | None
    kind: PreviewKind | Literal[""]


class Listed(NamedTuple):
    """Files of a job.

    Attributes:
        files: the files, in the service's order.
        notes: sentences about the list, for the user.
    """

    files: tuple[ResultFile, ...]
    notes: tuple[str, ...]


async def list_results(service: ServiceAccountClient, ref: JobRef, job: Job, place: Path) -> Listed:
    """Return the files of a job, compared with a local folder.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        job: the job as just read, since NSG lists different files once a job is over.
        place: the local folder.

    Returns:
        the files and notes.

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


def _result(file: JobFile, standing: LocalState) -> ResultFile:
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
    """Guess whether a name is cut: it has no suffix, or ends with punctuation."""
    stem, dot, _ = name.rpartition(".")
    return name.lower() not in _USUAL and (not (dot and stem) or name[-1] in "._-")
