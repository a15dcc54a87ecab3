"""The search for a cause takes a time that grows with a job's output, not with its square."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bspsa_widgets.domain.causes import RULES, find_cause
from bspsa_widgets.domain.jobs import Job
from tests.growth import assert_linear

FAILED = {"job_id": "A", "project_hpc": "PIZDAINT", "stage": "FAILED", "terminal_stage": True}
TRACE = 'Traceback (most recent call last):\n  File "/scratch/x/run.py", line 3, in <module>\n'
PIECES = ("x", "a: ", "cd: ", "execve(): ", "ImportError: ", "'", "1", "make *** ", "sh: ")
SIZE = 2000  # characters of the shorter line


def filled(piece: str, length: int) -> str:
    return (piece * length)[:length]


@pytest.mark.parametrize("piece", [*PIECES, "nocmodl "])
def test_no_rule_takes_quadratic_time_on_a_line(piece: str) -> None:
    # A rule for the exception that ended the program is tried on one line only.
    patterns = [rule.pattern for rule in RULES if rule.where != "exception"]
    patterns += [rule.told_by for rule in RULES if rule.told_by]
    searches = [re.compile(pattern).search for pattern in patterns]

    def all_in(length: int) -> Callable[[], object]:
        line = filled(piece, length)
        return lambda: [search(line) for search in searches]

    assert_linear(all_in, SIZE)


@pytest.mark.parametrize("piece", PIECES)
def test_output_of_long_lines_takes_no_quadratic_time(piece: str) -> None:
    job = Job.parse(FAILED | {"failed": True, "runtime": 2.0})

    def cause_in(length: int) -> Callable[[], object]:
        lines = [filled(piece, length)] * 10
        return lambda: find_cause(job, [TRACE, *lines], lines)

    assert_linear(cause_in, SIZE)
