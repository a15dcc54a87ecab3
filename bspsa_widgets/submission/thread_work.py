"""Work in a worker thread that a cancel does not leave behind.

`asyncio.to_thread` and tasks are let go at a cancel, and at a loop's end, while the thread
goes on: what it holds or has half written would be nobody's.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from bspsa_widgets.errors import BspsaError

log = logging.getLogger(__name__)

Value = TypeVar("Value")


def begun(work: Callable[[], Value]) -> asyncio.Future[Value]:
    """Under way in a worker thread, as a future that no end of a loop cancels."""
    return asyncio.get_running_loop().run_in_executor(None, work)


async def to_end(
    work: asyncio.Future[Value], on_cancel: Callable[[], object] = lambda: None
) -> Value:
    """What comes of it. Whoever waits for it is cancelled only once it is over."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
            on_cancel()
    if cancelled is None:
        return work.result()
    if not work.cancelled() and isinstance(failure := work.exception(), BspsaError):
        log.info("ended while it was cancelled: %s", failure)
    raise cancelled


async def until_stopped(work: Callable[[], Value], stop: threading.Event) -> Value:
    """What `work` returns, from a thread. A cancel sets `stop`, and comes once it has ended.

    Args:
        work: blocks; asks `stop` now and then, cleans up, and raises Stopped.
    """
    return await to_end(begun(work), stop.set)
