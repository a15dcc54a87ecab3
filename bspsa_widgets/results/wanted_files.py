"""Which files of a job are asked for: as listed, or by a name that was typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bspsa_widgets.domain.jobs import JobFile


class Wanted(NamedTuple):
    """`files` in the list's order, then those that it does not hold; these are in `typed`, too."""

    files: list[JobFile]
    typed: list[JobFile]


def wanted_files(listed: Sequence[JobFile], asked: Iterable[JobFile | str]) -> Wanted:
    """The files to fetch; all where nothing is asked for.

    Args:
        listed: by the service, now. asked: as listed earlier, which may have been under
            other keys, or by name. A name that is not listed is tried: lists hide some.
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
    return Wanted([*files, *typed.values()], list(typed.values()))


def plain_name(text: str) -> str:
    """A name as it is listed: without the slash or `./` in front."""
    return text.strip().removeprefix("./").lstrip("/")


def is_name(name: str) -> bool:
    """Whether it can be a file's: no part of it leads up or nowhere."""
    return all(part.strip() not in ("", ".", "..") for part in name.split("/"))
