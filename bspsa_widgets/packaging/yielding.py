"""Yield the GIL and lower the priority, so that packing does not slow down the kernel."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

INTERVAL = 0.002  # seconds of work between two calls of `yield_gil`; one call takes 0.06 ms
_NICER = 10  # added to the niceness: others get the processor sooner
_NICEST = 19


class Yielding:
    """Calls `yield_gil` at most once in each interval."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def yield_if_due(self) -> None:
        """Yield if `INTERVAL` seconds have passed; cheap to call often."""
        if time.monotonic() - self._last >= INTERVAL:
            yield_gil()
            self._last = time.monotonic()


def yield_gil() -> None:
    """Let a thread that waits for the interpreter run.

    A loop of short calls takes the interpreter's lock again before a waiting thread wakes up. A
    waiting thread, such as the loop of a kernel, then gets it only after 5 ms, each time.
    """
    time.sleep(1e-6)  # not 0: then the lock is taken again as well


def lower_priority(process: int = 0) -> None:
    """Lower the priority of this thread, or of a process. Only on Linux.

    Args:
        process: id of the process; 0 for this thread.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            who = process or threading.get_native_id()
            niceness = min(os.getpriority(os.PRIO_PROCESS, who) + _NICER, _NICEST)
            os.setpriority(os.PRIO_PROCESS, who, niceness)
