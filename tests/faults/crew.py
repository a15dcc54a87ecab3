"""The processes that play the cases: each with a folder of its own, and its memory watched."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.faults import rows
from tests.faults.figures import Failure, Tally

MOST_CASES = 50  # of one batch: how often the figures are told
WARM = 3  # batches after which a process has loaded what it needs
FAST = Path("/dev/shm")  # the records are flushed to the disk often; a disk in memory is quick

_unraisable: list[str] = []
_rows: dict[str, rows.Row] = {}


class Done(NamedTuple):
    """A batch that was played, by which process, and what memory that took by then (bytes)."""

    key: str
    tally: Tally
    process: int
    memory: int


class Memory:
    """How much more memory the processes take at their end than when they were warm."""

    def __init__(self) -> None:
        self._seen: dict[int, list[int]] = {}

    def see(self, done: Done) -> None:
        self._seen.setdefault(done.process, []).append(done.memory)

    @property
    def growth(self) -> int:
        """Of the one that grew most, bytes; 0 where none ran long enough to tell."""
        return max(
            (seen[-1] - seen[WARM] for seen in self._seen.values() if len(seen) > WARM), default=0
        )


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for all that the cases write."""
    place = FAST if os.access(FAST, os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="bspsa-faults-", dir=place)


def played(work: dict[str, list[int]], processes: int, folder: str) -> Iterator[Done]:
    """Play the cases, given as seeds of rows, and tell of each batch once it is done."""
    _rows.update(rows.load())
    # A fork has all that was imported here: to import it again takes seconds of each process.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, context, prepare, (folder,)) as pool:
        # Those with few cases first, each of which takes long: at the end, both processes are busy.
        by_count = sorted(work.items(), key=lambda row: len(row[1]))
        batches = [batch for key, seeds in by_count for batch in _batches(key, seeds, processes)]
        left: set[Future[Done]] = {pool.submit(play, *batch) for batch in batches}
        try:
            while left:
                over, left = wait(left, return_when=FIRST_COMPLETED)
                for future in over:
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _batches(key: str, seeds: list[int], processes: int) -> Iterator[tuple[str, list[int]]]:
    size = max(1, min(MOST_CASES, len(seeds) // (4 * processes)))
    for start in range(0, len(seeds), size):
        yield key, seeds[start : start + size]


def prepare(folder: str) -> None:
    """Make this process fit to play: nobody's token, no output, its own folder."""
    tempfile.tempdir = tempfile.mkdtemp(prefix="process-", dir=folder)
    for name in ("BSPSA_TOKEN", "CLB_AUTH", "BSPSA_ENDPOINT"):
        os.environ.pop(name, None)
    os.environ["BSPSA_RECORDS"] = str(Path(tempfile.tempdir) / "records")
    os.environ["XDG_STATE_HOME"] = str(Path(tempfile.tempdir) / "state")
    logging.getLogger().addHandler(logging.NullHandler())
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "Jobs are not kept apart")  # no bubblewrap here
    sys.unraisablehook = lambda broken: _unraisable.append(
        f"{broken.err_msg or 'in'} {broken.object!r}: {broken.exc_value!r}"
    )


def play(key: str, seeds: list[int]) -> Done:
    """One batch, in this process."""
    tally = Tally()
    for seed in seeds:
        # What one case submits is not an earlier submission of the next.
        os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="data-")
        tally.add(_rows[key].tally(seed))
        for words in _unraisable:
            tally.add(
                Tally(wrong=1, failures=[Failure(seed, f"wrong: nobody could be told: {words}")])
            )
        _unraisable.clear()
    return Done(key, tally, os.getpid(), psutil.Process().memory_info().rss)
