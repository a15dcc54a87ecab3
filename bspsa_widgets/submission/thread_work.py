"""Work in a worker thread that a cancel does not leave behind.

`asyncio.to_thread` and tasks are let go at a cancel, and at a loop's end, while the thread
goes on: what it holds or has half written would be nobody's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from bspsa_widgets.client.blocking import begun, to_end

Value = TypeVar("Value")


async def until_stopped(work: Callable[[], Value], stop: threading.Event) -> Value:
    """What `work` returns, from a thread. A cancel sets `stop`, and comes once it has ended.

    Args:
        work: blocks; asks `stop` now and then, cleans up, and raises Stopped.
    """
    return await to_end(begun(work), stop.set)
