"""How a call's time grows with its input: a measure that does not depend on a machine's load."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

TIMES_LONGER: Final = 8  # a long input, compared with a short one
MOST: Final = 16  # times slower it may be; 8 is linear, 64 is quadratic


def shortest(work: Callable[[], object], runs: int = 5) -> float:
    """Return the shortest of some runs, which is the least disturbed, as CPU seconds."""

    def once() -> float:
        began = time.thread_time()
        work()
        return time.thread_time() - began

    return min(once() for _ in range(runs))


def assert_linear(work: Callable[[int], Callable[[], object]], size: int, runs: int = 5) -> None:
    """Fail if a call's time grows much faster than its input.

    Args:
        work: returns the call for an input of a size; it prepares the input.
        size: of the short input.
        runs: of each call.
    """
    short, long = (shortest(work(length), runs) for length in (size, size * TIMES_LONGER))
    assert long < MOST * short, f"{TIMES_LONGER} times as much: from {short:g} s to {long:g} s"
