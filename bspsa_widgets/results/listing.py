"""Lists the files of a job, compares them with the local files, and selects some by name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
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


class ResultEntry(NamedTuple):
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

    files: tuple[ResultEntry, ...]
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


def _looked(listed: Sequence[JobFile], job_id: str, place: Path) -> tuple[ResultEntry, ...]:
    kept = KeptFiles(place)
    names = names_here(listed, {here: file.name for here, file in kept.of(job_id)})
    return tuple(_result(file, look(kept, place, job_id, file, names[file.key])) for file in listed)


def _result(file: JobFile, standing: LocalState) -> ResultEntry:
    state: Literal["", "here", "changed", "other"]
    match standing.state:
        case "here" | "changed" | "other":
            state = standing.state
        case "blocked":
            state = "other"
        case _:
            state = ""
    return ResultEntry(
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


class FilesToDownload(NamedTuple):
    """Files to download.

    Attributes:
        files: listed files in the list's order, then those that are not listed.
        typed: those that are not listed.
    """

    files: list[JobFile]
    typed: list[JobFile]


def wanted_files(listed: Sequence[JobFile], asked: Iterable[JobFile | str]) -> FilesToDownload:
    """Return the files to download.

    Args:
        listed: files that the service lists now.
        asked: files as listed earlier, perhaps with other keys, or names; empty for all. A name
            that is not listed is tried, since lists hide some files.

    Returns:
        the files.
    """
    keys: set[str] = set()
    typed: dict[str, JobFile] = {}
    known = {file.key for file in listed}
    wishes = list(asked)
    for wish in wishes:
        if isinstance(wish, JobFile) and wish.key in known:
            keys.add(wish.key)
            continue
        name = plain_name(wish if isinstance(wish, str) else wish.name)
        found = [file.key for file in listed if file.name == name]
        keys.update(found)
        if not found:
            typed[name] = JobFile(name=name, key=name)
    files = [file for file in listed if file.key in keys or not wishes]
    return FilesToDownload([*files, *typed.values()], list(typed.values()))


def plain_name(text: str) -> str:
    """Return a name as it is listed: without `/` or `./` at the start.

    Args:
        text: name as typed.

    Returns:
        the name.
    """
    return text.strip().removeprefix("./").lstrip("/")


def is_name(name: str) -> bool:
    """Return whether this can be the name of a file: no part is empty, `.` or `..`.

    Args:
        name: name of the file.

    Returns:
        True if it can.
    """
    return all(part.strip() not in ("", ".", "..") for part in name.split("/"))
