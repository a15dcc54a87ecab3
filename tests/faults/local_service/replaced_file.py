"""Row 23: a job replaces a file that its service opens, by a pipe, a link, a socket, a folder,
a device.

Each file and folder of a job × each kind × kept apart by bubblewrap or not. Kept apart, most
places are out of the job's reach: that it cannot replace them is what is to hold.
"""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path

from bspsa_widgets.service.executors.runner import sandbox
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.service.replaced import KINDS, PLACES, play

CASES = [
    (hpc, place, kind, apart)
    for hpc, places in PLACES.items()
    for place, kind, apart in product(places, KINDS, (False, True))
]
_REACHED = ("work/", "tmp/")  # of a job that is kept apart


def play_case(case: Case) -> None:
    """The service answers on, and nothing outside of the job's folder is read, listed, written."""
    hpc, place, kind, apart = CASES[case.seed]
    apart = apart and not sandbox.sandbox_unavailable_reason()
    with tempfile.TemporaryDirectory() as folder:
        wrong, is_replaced = play(Path(folder), hpc, place, kind, apart=apart)
    for words in wrong:
        case.wrong(f"{kind} in place of {hpc}'s {place}: {words}")
    if apart and is_replaced:
        case.check(place.startswith(_REACHED), f"{place} is in reach of a job that is kept apart")
    way = "kept apart" if apart else "not kept apart"
    case.note(f"{way}, {'replaced' if is_replaced else 'out of reach'}")


ROWS = (
    Row(
        "23",
        "a job replaces a file that the service opens",
        len(CASES),
        4,
        play_case,
        each=True,
    ),
)
