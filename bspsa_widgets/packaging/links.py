"""Symbolic links: where they lead, and whether the target may be sent if the user includes it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.packaging.exclusions import (
    NO_FILE,
    is_final,
    is_guarded,
    why_not_content,
    why_not_file,
    why_not_folder,
)
from bspsa_widgets.packaging.source import stamp_of

LEADS_OUT = "a link that leads out of the folder"
TO_FOLDER = "a link to a folder"
TO_LEFT_OUT = "a link to a file that is excluded"
NOT_FETCHED = "a link to data that was not fetched (git-annex)"
# Reasons of excluded links whose targets a job may need.
MISSED = frozenset({LEADS_OUT, TO_FOLDER, TO_LEFT_OUT, NOT_FETCHED})

_NOWHERE = "a link that leads nowhere"
_EVERYTHING = "a link to the whole of your files"
_ANNEX = "/annex/objects/"  # where git-annex and DataLad store the data of their links


class LinkTarget(NamedTuple):
    """The target of a link.

    Attributes:
        reason: why it is excluded by default.
        barrier: why it cannot be included, or only as a secret; "" for neither.
        place: resolved path; None if nothing there can be sent.
        size: bytes of a file; None for a folder.
        stamp: `source.stamp_of` the file, ns.
    """

    reason: str
    barrier: str = ""
    place: Path | None = None
    size: int | None = None
    stamp: int = 0


def lead_of(link: Path, root: Path, known: dict[Path, str]) -> LinkTarget:
    """Return the target of a link; no content is read.

    Args:
        link: path of the link.
        root: the chosen folder, resolved.
        known: barriers of folders that were checked before; new ones are added.

    Returns:
        The target.
    """
    try:
        place = link.resolve(strict=True)
        about = place.stat()
    except (OSError, RuntimeError):
        reason = NOT_FETCHED if _is_annexed(link) else _NOWHERE
        return LinkTarget(reason, reason)
    if place == Path(place.anchor):
        return LinkTarget(_EVERYTHING, _EVERYTHING)
    is_folder = stat.S_ISDIR(about.st_mode)
    inside = place == root or root in place.parents
    reason = LEADS_OUT if not inside else TO_FOLDER if is_folder else TO_LEFT_OUT
    barrier = _barrier(place, about, known)
    if is_folder:
        return LinkTarget(reason, barrier, place)
    if barrier == NO_FILE:  # a pipe or a socket is never opened
        return LinkTarget(reason, barrier)
    return LinkTarget(reason, barrier, place, about.st_size, stamp_of(about))


def _is_annexed(link: Path) -> bool:
    try:
        return _ANNEX in Path(os.readlink(link)).as_posix()
    except OSError:
        return False


def _barrier(place: Path, about: os.stat_result, known: dict[Path, str]) -> str:
    """Return the barrier of a target: a harmless link name must not send a protected file."""
    if stat.S_ISDIR(about.st_mode):
        return _barrier_of(place, known)
    own = (why_not_file(place.name), why_not_content(place.name, about))
    return _worst(_barrier_of(_kept_in(place), known), *own)


def _kept_in(place: Path) -> Path:
    """Return the folder of a file; for one in git-annex's store the data set, not its `.git`."""
    if _ANNEX not in place.as_posix():
        return place.parent
    return next((above.parent for above in place.parents if above.name == ".git"), place.parent)


def _barrier_of(folder: Path, known: dict[Path, str]) -> str:
    """Return the barrier of a folder and of its parents."""
    if folder not in known:
        above = "" if folder == folder.parent else _barrier_of(folder.parent, known)
        known[folder] = _worst(above, why_not_folder(folder))
    return known[folder]


def _worst(*reasons: str | None) -> str:
    """Return the reason that is final, else the one that needs a confirmation; "" for neither."""
    tests = (is_final, is_guarded)
    return next((one for test in tests for one in reasons if one and test(one)), "")
