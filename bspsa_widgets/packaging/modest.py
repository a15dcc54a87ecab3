"""Threads and processes that give way: the notebook's kernel is not to notice the packing."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

_NICE = 10  # of 19; the more, the sooner others get the processor


def give_way(process: int = 0) -> None:
    """Let everybody else go first: this thread, or the process of that id.

    Only Linux knows priorities of threads; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process or threading.get_native_id(), _NICE)
