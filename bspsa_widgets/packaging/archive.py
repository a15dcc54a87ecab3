"""Write the archive: one zip with one top-level folder.

The same selection gives the same bytes: entries are in a fixed order, each file has its own
modification time (within the limits of a zip), and there is no other date. Empty folders come
last and have a fixed date, because theirs changes with files that are excluded.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.domain.archive import Archive, archive_name
from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.manifest import Manifest
from bspsa_widgets.packaging.selection import Selection, nothing_to_send
from bspsa_widgets.packaging.temporary_zip import new_zip, remove_zip
from bspsa_widgets.packaging.zip.packer import Packer, ReportProgress


class PackedArchive(NamedTuple):
    """A finished archive.

    Attributes:
        archive: the zip.
        manifest: list of the files in it.
    """

    archive: Archive
    manifest: Manifest


def pack(
    selection: Selection,
    target: Path | None = None,
    *,
    progress: ReportProgress | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> PackedArchive:
    """Write the zip. Blocks: run it in a worker thread.

    Args:
        selection: the files to pack.
        target: path of the zip (it may be in the folder: it is not packed itself); None for a
            temporary file that the caller removes (`remove_zip`).
        progress: called with the progress.
        stopped: checked at every file, and while one is packed; True stops the packing.

    Returns:
        The zip, and the list of its files.

    Raises:
        Stopped: if `stopped` returned True; nothing is left on disk.
        InvalidInput: of field `folder`, if the only file to pack is the target itself.
        PackingError: if a file cannot be read or changes meanwhile, or the disk is full.
    """
    selection = _without_target(selection, target)
    with _part_for(target) as (part, file):
        with file:
            manifest, size = Packer(selection, file, progress, stopped).run()
        path = part.replace(target) if target else part
    archive = Archive(
        name=archive_name(selection.folder.name),
        path=path,
        size=size,
        folder=selection.folder.name,
        files=len(manifest.entries),
        file_names=tuple(entry.path for entry in manifest.entries),
    )
    return PackedArchive(archive, manifest)


def _without_target(selection: Selection, target: Path | None) -> Selection:
    """Remove the target from the selection: an old archive must not be packed into the new one."""
    if target is None:
        return selection
    try:
        path = target.parent.resolve() / target.name
        inside = path.relative_to(selection.folder).as_posix()
        old = path.lstat()
    except (OSError, ValueError):  # it is outside the folder, or does not exist yet
        return selection
    members = tuple(
        member
        for member in selection.members
        if member.path != inside and not _is_same(selection.folder / member.path, old)
    )
    if not members:
        raise nothing_to_send(selection.folder, len(selection.left_out))
    return selection._replace(members=members)


def _is_same(path: Path, old: os.stat_result) -> bool:
    """Return whether a path is the old archive, by another name or by a link."""
    try:
        return os.path.samestat(path.stat(), old)
    except OSError:
        return False  # packing reports the error


@contextmanager
def _part_for(target: Path | None) -> Iterator[tuple[Path, FileIO]]:
    """Yield a temporary file beside the target, to be closed by the caller.

    It is removed after any error; errors of the disk become a PackingError.
    """
    part: Path | None = None
    try:
        part, file = _new_beside(target) if target else new_zip()
        yield part, file
    except BaseException as error:
        if part is not None:
            remove_zip(part)
        if isinstance(error, OSError):
            raise PackingError(
                f"The archive could not be written: {error.strerror or error}.",
                advice="Nothing was sent. Look at the free space on the disk.",
            ) from None
        raise


def _new_beside(target: Path) -> tuple[Path, FileIO]:
    """Return a new file with the usual mode, as the target shall have it."""
    part = target.with_name(f".bspsa-{secrets.token_hex(6)}.zip")
    return part, FileIO(part, "x+")
