"""Read the first bytes of files, to see what they are."""

from __future__ import annotations

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
                if head := sources.read_block(member, 0, HEAD):
                    yield member.path, head
    except PackingError:  # the folder no longer exists
        return
