"""Calls that may block for long, as those on a network file system: in a thread, to their end.

`asyncio.to_thread` and tasks are let go at a cancel, and at a loop's end, while the thread
goes on: what it holds or has half written would be nobody's.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from bspsa_widgets.errors import BspsaError

log = logging.getLogger(__name__)

P = ParamSpec("P")
Value = TypeVar("Value")


async def to_its_end(
    function: Callable[P, Value], *arguments: P.args, **options: P.kwargs
) -> Value:
    """Call in a thread. A cancel waits for its end: nothing goes on that nobody waits for.

    Args:
        function: blocks. arguments, options: its own.

    Returns:
        What it returns.

    Raises:
        Exception: what it raises. asyncio.CancelledError: once it has ended.
    """
    return await to_end(begun(partial(function, *arguments, **options)))


def begun(work: Callable[[], Value]) -> asyncio.Future[Value]:
    """Start a call in a worker thread.

    Returns:
        A future, and no task: at the end of a loop all tasks are cancelled, also before they
        have begun.
    """
    return asyncio.get_running_loop().run_in_executor(None, work)


async def to_end(
    work: asyncio.Future[Value], on_cancel: Callable[[], object] = lambda: None
) -> Value:
    """Wait for `work`; a cancel is raised only once it is over.

    Args:
        work: of `begun`.
        on_cancel: called at each cancel, to call the work off.

    Returns:
        What it returns.

    Raises:
        Exception: what it raises. asyncio.CancelledError: once it has ended.
    """
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


def at_some_time(function: Callable[[], object]) -> None:
    """Call in a thread, and go on: for an end that nobody needs to see, such as a lock's.

    Where a wait would be a place at which a cancel takes away what is known.
    """
    with suppress(RuntimeError):  # the process ends, and the system with it what is held
        asyncio.get_running_loop().run_in_executor(None, function)
