"""Selects the files of a job to download: as listed, or by a typed name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bspsa_widgets.domain.jobs import JobFile


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
