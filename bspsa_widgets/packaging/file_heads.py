"""Read the first bytes of files, to see what they are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.packaging.source import Sources

HEAD = 4096  # bytes


def heads(selection: Selection, members: Iterable[Member]) -> Iterator[tuple[str, bytes]]:
    """Yield the first bytes of files. Unreadable files are skipped; packing will report them.

    Args:
        selection: the selection of the folder.
        members: the files to read.

    Yields:
        Path and first bytes of each.
    """
    try:
        with Sources(selection.folder) as sources:
            for member in members:
                if head := _head(sources, member):
                    yield member.path, head
    except PackingError:  # the folder no longer exists
        return


def _head(sources: Sources, member: Member) -> bytes:
    try:
        handle = sources.open(member.source or member.path)
    except PackingError:
        return b""
    try:
        return os.read(handle, HEAD)
    except OSError:  # no regular file any more
        return b""
    finally:
        os.close(handle)
