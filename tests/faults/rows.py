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
    "requests.broken_connection",
    "requests.unlisted_job",
    "requests.wrong_answers",
    "requests.odd_form",
    "requests.leaked_token",
    "requests.expired_token",
    "requests.untrusted_address",
    "requests.busy_service",
    "kernels.killed_kernel",
    "kernels.double_click",
    "kernels.background_faults",
    "kernels.busy_kernel",
    "files.odd_folder",
    "files.changing_file",
    "files.planted_secret",
    "files.server_name",
    "files.cut_download",
    "local_service.runaway_job",
    "local_service.slow_job",
    "requests.hidden_job",
    "local_service.killed_service",
    "local_service.web_page",
    "local_service.raw_upload",
    "requests.packed_answer",
    "local_service.replaced_file",
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
