"""How a few files begin: enough to see what they are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.packaging.source import Sources

HEAD = 4096  # bytes


def heads(selection: Selection, members: Iterable[Member]) -> Iterator[tuple[str, bytes]]:
    """Path and first bytes of each. What cannot be read is passed over: packing will tell."""
    try:
        with Sources(selection.folder) as sources:
            for member in members:
                if head := _head(sources, member):
                    yield member.path, head
    except PackingError:  # the folder has gone
        return


def _head(sources: Sources, member: Member) -> bytes:
    try:
        handle = sources.open(member.source or member.path)
    except PackingError:
        return b""
    try:
        return os.read(handle, HEAD)
    except OSError:  # no plain file any more
        return b""
    finally:
        os.close(handle)
