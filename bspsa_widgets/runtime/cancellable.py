"""Runs blocking work in a thread that regularly checks whether it was cancelled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
Work = Callable[[Callable[[], bool]], Value]


class LatestWork:
    """Runs one piece of work at a time: a later one stops the earlier one."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    async def run(self, work: Work[Value]) -> Value:
        """Run blocking work in a thread. A cancel of the caller stops the work, too.

        Args:
            work: blocking function; its argument is a function that says whether to stop. It may be
                called on any thread; the work then raises Stopped.

        Returns:
            what `work` returns.

        Raises:
            Stopped: later work was started meanwhile.
        """
        self.stop()
        self._stop = threading.Event()
        return await stoppable(work, self._stop)

    def stop(self) -> None:
        """Stop the running work; from any thread."""
        self._stop.set()


async def stoppable(work: Work[Value], stop: threading.Event | None = None) -> Value:
    """Run blocking work in a thread; see `LatestWork.run`.

    Args:
        work: blocking function, as in `LatestWork.run`.
        stop: event that stops the work, as a cancel does.

    Returns:
        what `work` returns.
    """
    stop = stop or threading.Event()
    try:
        return await asyncio.to_thread(work, stop.is_set)
    finally:
        stop.set()
