"""`python -m tests.faults`: a sample of every row, in seconds; with `--full`, all of it.

With `--mutants`, the rows and the tests are put to the test themselves (`mutants`).

Prints the figures of each row and ends with 1 if any case failed. Each failure comes with
the command that repeats it alone.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time

from tests.faults import crew, mutants, rows
from tests.faults.figures import Tally

TOLD_EVERY = 60.0  # seconds between two words of how far a long run has come


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    seed = random.SystemRandom().getrandbits(32) if asked.seed is None else asked.seed
    if asked.mutants is not None:
        return mutants.run(asked.mutants, seed)
    known = rows.load()
    chosen = [row for row in known.values() if _is_chosen(row, asked.row)]
    if not chosen or (asked.only is not None and len(chosen) > 1):
        print("Rows:", ", ".join(f"{row.key} ({row.title})" for row in known.values()))
        return 2
    print(f"seed {seed}, {asked.processes} processes", flush=True)
    work = {
        row.key: [asked.only] if asked.only is not None else row.seeds(seed, full=asked.full)
        for row in chosen
    }
    return _run(chosen, work, asked.processes)


def _run(chosen: list[rows.Row], work: dict[str, list[int]], processes: int) -> int:
    start = told = time.monotonic()
    tallies = {row.key: Tally() for row in chosen}
    memory = crew.Memory()
    with crew.scratch() as folder:
        for done in crew.played(work, processes, folder):
            tallies[done.key].add(done.tally)
            memory.see(done)
            _tell_failures(done)
            if time.monotonic() - told > TOLD_EVERY:
                told = time.monotonic()
                print(f"… {told - start:.0f} s, {_count(tallies)} cases", flush=True)
    _print_figures(chosen, tallies)
    took = time.monotonic() - start
    print(
        f"{_count(tallies)} cases in {took:.0f} s; memory grew by {memory.growth / 2**20:.1f} MiB"
    )
    return 0 if all(tally.is_clean for tally in tallies.values()) else 1


def _tell_failures(done: crew.Done) -> None:
    for failure in done.tally.failures:
        again = f"python -m tests.faults --row {done.key} --only {failure.seed}"
        print(f"row {done.key}, {failure.words}\n    again: {again}", flush=True)


def _print_figures(chosen: list[rows.Row], tallies: dict[str, Tally]) -> None:
    width = max(len(row.title) for row in chosen)
    print(f"\n{'row':4} {'':{width}} {'cases':>6} {'twice':>6} {'lost':>6} {'wrong':>6}")
    for row in chosen:
        tally = tallies[row.key]
        if not tally.cases:
            continue  # takes too long for a sample
        figures = (tally.cases, tally.duplicates, tally.lost, tally.wrong)
        print(f"{row.key:4} {row.title:{width}}", *(f"{figure:6}" for figure in figures))
        if tally.notes:
            notes = ", ".join(f"{what} {count}" for what, count in sorted(tally.notes.items()))
            print(f"     {notes}")
    print()


def _count(tallies: dict[str, Tally]) -> int:
    return sum(tally.cases for tally in tallies.values())


def _is_chosen(row: rows.Row, wanted: list[str]) -> bool:
    return not wanted or row.key in wanted or str(row.number) in wanted


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("--full", action="store_true", help="every case, not a sample")
    parser.add_argument(
        "--row", action="append", default=[], metavar="N", help="only this one: 1, or a part: 1a"
    )
    parser.add_argument("--seed", type=int, help="of the whole run; without it, another each time")
    parser.add_argument("--only", type=int, metavar="SEED", help="one case of one row")
    parser.add_argument(
        "--mutants",
        nargs="?",
        type=int,
        const=0,
        metavar="N",
        help="instead: whether planted bugs are caught, all or N of them",
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
