"""Estimate the size of the archive by packing a few blocks of the files."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from operator import mul

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.packaging.source import Sources
from bspsa_widgets.packaging.zip.deflate import deflated

BLOCK = 64 << 10  # bytes: deflate's ratio for a block is nearly that of the whole
MAX_READ = 8 << 20  # bytes, whatever the folder's size
MAX_BLOCKS = 1024  # of small files: opening one takes longer than packing it
RECORD_BYTES = 30 + 46  # bytes of a zip's two records for each file, without the name in both
END_BYTES = 22  # bytes of a zip without files
_GOLDEN = 0.6180339887498949  # its multiples are evenly spread, without a period


def estimate(selection: Selection, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Return the size of the archive, ±20 %. Blocks: run it in a worker thread.

    A small folder is packed whole. For a large one the files are treated as one long sequence,
    and one block of each stretch of it is packed. So a file counts by its size, and similar
    neighbouring files do not distort the result. The same files give the same number.

    Args:
        selection: the files.
        stopped: checked at every block; True stops the estimate.

    Returns:
        Bytes.

    Raises:
        Stopped: if `stopped` returned True.
        PackingError: if the folder itself cannot be opened. A file that cannot be read is
            assumed to be like the others.
    """
    members = [member for member in selection.members if member.size]
    ratios: list[float] = []
    weights: list[int] = []
    with Sources(selection.folder) as sources:
        for member, offset, weight in _blocks(members, selection.size):
            if stopped():
                raise Stopped
            if data := sources.read_block(member, offset, BLOCK):
                # Data that would grow is stored.
                ratios.append(min(1.0, len(deflated(data)) / len(data)))
                weights.append(weight)
    ratio = sum(map(mul, ratios, weights)) / sum(weights) if weights else 1.0
    return _records(selection) + round(ratio * selection.size)


def _blocks(members: list[Member], total: int) -> Iterator[tuple[Member, int, int]]:
    """Yield file, offset and weight (the bytes that it stands for) of each block."""
    if total <= MAX_READ and len(members) <= MAX_BLOCKS:
        for member in members:
            for at in range(0, member.size, BLOCK):
                yield member, at, min(BLOCK, member.size - at)
        return
    end_positions = list(accumulate(member.size for member in members))
    count = min(MAX_BLOCKS, MAX_READ // min(BLOCK, total // len(members)))
    for number in range(count):
        position = int((number + number * _GOLDEN % 1) * total / count)
        index = bisect_right(end_positions, position)
        member = members[index]
        offset = position - (end_positions[index] - member.size)
        yield member, min(offset, max(0, member.size - BLOCK)), 1


def _records(selection: Selection) -> int:
    """Return the bytes of the zip that are not content of files."""
    above = len(os.fsencode(selection.folder.name)) + 1
    paths = [member.path for member in selection.members]
    paths += [f"{folder}/" for folder in selection.empty_folders]
    return END_BYTES + sum(RECORD_BYTES + 2 * (above + len(path.encode())) for path in paths)
