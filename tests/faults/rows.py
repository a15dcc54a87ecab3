"""The rows of the matrix that are played here, and which seeds a run plays of each."""

from __future__ import annotations

import importlib
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.figures import Case, Tally

# One module for each thing that goes wrong; its `ROWS` are the rows that it plays.
MODULES = (
    "the_connection",
    "the_unlisted_job",
    "the_answers",
    "the_form",
    "the_secret",
    "the_token",
    "the_address",
    "the_busy_service",
    "the_killed_kernel",
    "the_double_click",
    "the_background",
    "the_busy_kernel",
    "the_odd_folder",
    "the_changing_file",
    "the_planted_secret",
    "the_server_name",
    "the_cut_download",
    "the_runaway_job",
    "the_slow_job",
    "the_hidden_job",
    "the_killed_service",
    "the_web_page",
    "the_raw_upload",
    "the_packed_answer",
    "the_replaced_file",
)


@dataclass(frozen=True)
class Row:
    """One row, or a part of one.

    Attributes:
        key: number in the matrix, with a letter where it has several parts (`1a`).
        title: what goes wrong.
        full, sample: cases in a full run, and in the everyday one.
        play: plays one case, in a process that others run beside. It must leave nothing
            behind but in `tempfile`'s folder, and must not print.
        each: the cases are numbered from 0 to `full` - 1, and the full run plays each of
            them. Otherwise any seed makes a case.
    """

    key: str
    title: str
    full: int
    sample: int
    play: Callable[[Case], None]
    each: bool = False

    @property
    def number(self) -> int:
        return int(self.key.rstrip("abcdefgh"))

    def seeds(self, seed: int, *, full: bool) -> list[int]:
        """Those of a run; the same `seed` gives the same ones."""
        drawn = random.Random(f"{seed} {self.key}")
        count = self.full if full else self.sample
        if not self.each:
            return [drawn.getrandbits(40) for _ in range(count)]
        return list(range(count)) if full else sorted(drawn.sample(range(self.full), count))

    def tally(self, seed: int) -> Tally:
        """The figures of one case. Whatever it raises is wrong."""
        case = Case(seed)
        try:
            self.play(case)
        except Exception:
            case.wrong(f"the case broke\n{traceback.format_exc()}")
        return case.tally


def load() -> dict[str, Row]:
    """All rows by their key, in the order of the matrix."""
    found = [
        row for name in MODULES for row in importlib.import_module(f"tests.faults.{name}").ROWS
    ]
    return {row.key: row for row in sorted(found, key=lambda row: (row.number, row.key))}
