"""The search for a cause takes a time that grows with a job's output, not with its square."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from bspsa_widgets.domain.causes import RULES, find_cause
from bspsa_widgets.domain.jobs import Job

FAILED = {"job_id": "A", "project_hpc": "PIZDAINT", "stage": "FAILED", "terminal_stage": True}
TRACE = 'Traceback (most recent call last):\n  File "/scratch/x/run.py", line 3, in <module>\n'
PIECES = ("x", "a: ", "cd: ", "execve(): ", "ImportError: ", "'", "1", "make *** ", "sh: ")
SHORT, LONG = 2000, 16_000  # characters of a line
MOST = 16  # times as long: twice the 8 of linear time; quadratic time has 64


def filled(piece: str, length: int) -> str:
    return (piece * length)[:length]


def seconds(work: Callable[[], object]) -> float:
    """Return the shortest processor time of this thread in five runs: others disturb it least."""

    def once() -> float:
        began = time.thread_time()
        work()
        return time.thread_time() - began

    return min(once() for _ in range(5))


@pytest.mark.parametrize("piece", [*PIECES, "nocmodl "])
def test_no_rule_takes_quadratic_time_on_a_line(piece: str) -> None:
    # A rule for the exception that ended the program is tried on one line only.
    patterns = [rule.pattern for rule in RULES if rule.where != "exception"]
    patterns += [rule.told_by for rule in RULES if rule.told_by]
    searches = [re.compile(pattern).search for pattern in patterns]
    short, long = filled(piece, SHORT), filled(piece, LONG)

    def all_in(line: str) -> None:
        for search in searches:
            search(line)

    assert seconds(lambda: all_in(long)) < MOST * seconds(lambda: all_in(short))


@pytest.mark.parametrize("piece", PIECES)
def test_output_of_long_lines_takes_no_quadratic_time(piece: str) -> None:
    job = Job.parse(FAILED | {"failed": True, "runtime": 2.0})
    short, long = ([filled(piece, length)] * 10 for length in (SHORT, LONG))

    def cause_in(lines: list[str]) -> None:
        find_cause(job, [TRACE, *lines], lines)

    assert seconds(lambda: cause_in(long)) < MOST * seconds(lambda: cause_in(short))
