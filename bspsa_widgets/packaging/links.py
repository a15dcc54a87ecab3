"""Resolve symbolic links, and decide whether the target may be sent if the user includes it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.packaging.entries import Reason
from bspsa_widgets.packaging.exclusions import (
    NO_FILE,
    why_not_content,
    why_not_file,
    why_not_folder,
)
from bspsa_widgets.packaging.source import stamp_of

LEADS_OUT = Reason("a link that leads out of the folder", "link")
TO_FOLDER = Reason("a link to a folder", "link")
TO_EXCLUDED = Reason("a link to a file that is excluded", "link")
NOT_FETCHED = Reason("a link to data that was not fetched (git-annex)", "unfetched")
_NOWHERE = Reason("a link that leads nowhere")
_EVERYTHING = Reason("a link to the whole of your files")
Barriers = dict[Path, Reason | None]
_ANNEX = "/annex/objects/"  # where git-annex and DataLad store the data of their links


class LinkTarget(NamedTuple):
    """The target of a link.

    Attributes:
        reason: why it is excluded by default.
        barrier: why it cannot be included, or only as a secret; None for neither.
        path: resolved path; None if nothing there can be sent.
        size: bytes of a file; None for a folder.
        stamp: `source.stamp_of` the file, ns.
    """

    reason: Reason
    barrier: Reason | None = None
    path: Path | None = None
    size: int | None = None
    stamp: int = 0


def resolve_link(link: Path, root: Path, barriers: Barriers) -> LinkTarget:
    """Return the target of a link; no content is read.

    Args:
        link: path of the link.
        root: the chosen folder, resolved.
        barriers: barriers of folders that were checked before; new ones are added.

    Returns:
        The target.
    """
    try:
        path = link.resolve(strict=True)
        about = path.stat()
    except (OSError, RuntimeError):
        reason = NOT_FETCHED if _is_annexed(link) else _NOWHERE
        return LinkTarget(reason, reason)
    if path == Path(path.anchor):
        return LinkTarget(_EVERYTHING, _EVERYTHING)
    is_folder = stat.S_ISDIR(about.st_mode)
    inside = path == root or root in path.parents
    reason = LEADS_OUT if not inside else TO_FOLDER if is_folder else TO_EXCLUDED
    barrier = _barrier(path, about, barriers)
    if is_folder:
        return LinkTarget(reason, barrier, path)
    if barrier is NO_FILE:  # a pipe or a socket is never opened
        return LinkTarget(reason, barrier)
    return LinkTarget(reason, barrier, path, about.st_size, stamp_of(about))


def _is_annexed(link: Path) -> bool:
    try:
        return _ANNEX in Path(os.readlink(link)).as_posix()
    except OSError:
        return False


def _barrier(path: Path, about: os.stat_result, barriers: Barriers) -> Reason | None:
    """Return the barrier of a target: a harmless link name must not send a protected file."""
    if stat.S_ISDIR(about.st_mode):
        return _barrier_of(path, barriers)
    own = (why_not_file(path.name), why_not_content(path.name, about))
    return _worst(_barrier_of(_data_folder(path), barriers), *own)


def _data_folder(path: Path) -> Path:
    """Return the folder of a file; for one in git-annex's store the data set, not its `.git`."""
    if _ANNEX not in path.as_posix():
        return path.parent
    return next((above.parent for above in path.parents if above.name == ".git"), path.parent)


def _barrier_of(folder: Path, barriers: Barriers) -> Reason | None:
    """Return the barrier of a folder and of its parents."""
    if folder not in barriers:
        above = None if folder == folder.parent else _barrier_of(folder.parent, barriers)
        barriers[folder] = _worst(above, why_not_folder(folder))
    return barriers[folder]


def _worst(*reasons: Reason | None) -> Reason | None:
    """Return the reason that is final, else the one that needs a confirmation; None for neither."""
    found = [one for one in reasons if one is not None and (one.is_final or one.is_guarded)]
    return min(found, key=lambda one: not one.is_final, default=None)
