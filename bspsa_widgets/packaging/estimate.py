"""How large the archive will be, roughly, from a look at a few blocks of the files."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from operator import mul

from bspsa_widgets.errors import PackingError, Stopped
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.packaging.source import Sources
from bspsa_widgets.packaging.zip.deflate import deflated

BLOCK = 64 << 10  # bytes: what deflate finds in it is nearly what it finds in the whole
MOST_READ = 8 << 20  # bytes, whatever the folder's size
MOST_BLOCKS = 1024  # of small files: to open one takes longer than to pack it
RECORDS = 30 + 46  # bytes of a zip's two records for each file, beside its name twice
END = 22  # bytes of a zip without files
_GOLDEN = 0.6180339887498949  # its multiples fall evenly, and in step with nothing


def estimate(selection: Selection, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Bytes of the archive, ±20 %. Blocks: run it in a worker thread.

    A small folder is packed whole. Of a large one blocks are, as if its files lay in one
    long line, one from each stretch of it: so that a file counts by its size, and like
    files that lie together do not fool it. The same files give the same number.

    Raises:
        Stopped: `stopped` said so.
        PackingError: the folder itself cannot be opened. A file that cannot be read is
            taken to be like the others.
    """
    members = [member for member in selection.members if member.size]
    ratios: list[float] = []
    weights: list[int] = []
    with Sources(selection.folder) as sources:
        for member, offset, weight in _blocks(members, selection.size):
            if stopped():
                raise Stopped
            if data := _read(sources, member, offset):
                # What would grow is stored.
                ratios.append(min(1.0, len(deflated(data)) / len(data)))
                weights.append(weight)
    ratio = sum(map(mul, ratios, weights)) / sum(weights) if weights else 1.0
    return _records(selection) + round(ratio * selection.size)


def _blocks(members: list[Member], total: int) -> Iterator[tuple[Member, int, int]]:
    """File, offset and weight of each: the bytes that it stands for."""
    if total <= MOST_READ and len(members) <= MOST_BLOCKS:
        for member in members:
            for at in range(0, member.size, BLOCK):
                yield member, at, min(BLOCK, member.size - at)
        return
    ends = list(accumulate(member.size for member in members))
    count = min(MOST_BLOCKS, MOST_READ // min(BLOCK, total // len(members)))
    for number in range(count):
        place = int((number + number * _GOLDEN % 1) * total / count)
        index = bisect_right(ends, place)
        member = members[index]
        offset = place - (ends[index] - member.size)
        yield member, min(offset, max(0, member.size - BLOCK)), 1


def _read(sources: Sources, member: Member, offset: int) -> bytes:
    """A block; nothing of what has gone or cannot be read, which packing will tell."""
    try:
        handle = sources.open(member.source or member.path)
    except PackingError:
        return b""
    try:
        os.lseek(handle, offset, os.SEEK_SET)
        return os.read(handle, BLOCK)
    except OSError:  # no plain file any more
        return b""
    finally:
        os.close(handle)


def _records(selection: Selection) -> int:
    """Bytes that are no file's content."""
    above = len(os.fsencode(selection.folder.name)) + 1
    paths = [member.path for member in selection.members]
    paths += [f"{folder}/" for folder in selection.empty_folders]
    return END + sum(RECORDS + 2 * (above + len(path.encode())) for path in paths)
