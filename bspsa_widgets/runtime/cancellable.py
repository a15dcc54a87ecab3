"""Work in a thread that can be called off: it asks now and then whether to go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
Work = Callable[[Callable[[], bool]], Value]


class Latest:
    """One piece of work at a time: what is begun later stops what was begun before."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    async def run(self, work: Work[Value]) -> Value:
        """What `work` returns. On one event loop; a cancel stops the work, too.

        Args:
            work: blocks; is handed a function that says whether to stop, which any thread
                may ask, and then raises Stopped.

        Raises:
            Stopped: something else was begun meanwhile.
        """
        self.stop()
        self._stop = threading.Event()
        return await stoppable(work, self._stop)

    def stop(self) -> None:
        """Call off what runs; from any thread."""
        self._stop.set()


async def stoppable(work: Work[Value], stop: threading.Event | None = None) -> Value:
    """What `work` returns; see `Latest.run`. `stop`: ends it, as a cancel does."""
    stop = stop or threading.Event()
    try:
        return await asyncio.to_thread(work, stop.is_set)
    finally:
        stop.set()
