"""Row 11, what lies still: folders with all that is odd are told, or travel whole."""

from __future__ import annotations

import random
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from unittest import mock

from bspsa_widgets.packaging.zip import batches, packer
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.packaging.hostile import faults, freed, plant

SECONDS = 20.0  # longer than that is a hang


def tree(case: Case) -> None:
    """One folder: looked through, packed twice, unpacked by Info-ZIP and by Python."""
    source = random.Random(case.seed)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as place, _other_ways(source):
        root = Path(place) / "model"
        plant(root, source)
        for words in faults(root):
            case.wrong(words)
        found = freed(root)
        told = {entry.path for entry in found.left_out}
        case.check(not told & {one.path for one in found.members}, "it stays, and travels")
        case.note("files", len(found.members))
        case.note("left out", len(found.left_out))
    case.check(time.monotonic() - start < SECONDS, "it takes too long")


def _other_ways(source: random.Random) -> AbstractContextManager[object]:
    """Sometimes with the second process or thread, and in batches of another size."""
    partner = source.choice((0, 10, packer.MIN_FILES_FOR_PROCESS))
    dealt = {
        "MAX_FILES": source.choice((3, batches.MAX_FILES)),
        "MEDIUM": source.choice((0, batches.MEDIUM)),
    }
    ways = ExitStack()
    ways.enter_context(mock.patch.object(packer, "MIN_FILES_FOR_PROCESS", partner))
    ways.enter_context(mock.patch.multiple(batches, **dealt))
    return ways


ROWS = (Row("11a", "folders with all that is odd", 2000, 24, tree),)
