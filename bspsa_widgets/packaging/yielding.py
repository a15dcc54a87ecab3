"""Work that gives way: the notebook's kernel is not to notice the packing."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

BREATH = 0.002  # seconds of work between two; one takes 0.06 ms
_NICER = 10  # than it was; the more, the sooner others get the processor
_NICEST = 19


class Breath:
    """`breathe`, as often as it is due, and no more."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def take(self) -> None:
        """To be asked for all the time."""
        if time.monotonic() - self._last >= BREATH:
            breathe()
            self._last = time.monotonic()


def breathe() -> None:
    """Let a thread that waits for the interpreter have it.

    A loop of short calls takes the interpreter's lock back before anybody has woken up for it.
    Who waits, such as the loop of a kernel, gets it after 5 ms, and that each time anew.
    """
    time.sleep(1e-6)  # no less: without any time the lock is taken back, too


def give_way(process: int = 0) -> None:
    """Let everybody else go first: this thread, or the process of that id.

    Only Linux knows priorities of threads; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            who = process or threading.get_native_id()
            niceness = min(os.getpriority(os.PRIO_PROCESS, who) + _NICER, _NICEST)
            os.setpriority(os.PRIO_PROCESS, who, niceness)
