"""Run blocking calls, such as those on a network file system, in a thread until they end.

`asyncio.to_thread` and tasks are abandoned at a cancel and at the end of a loop, while the
thread continues: nobody would own its open or half-written files.
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
    """Call a blocking function in a thread; a cancel waits until it has ended.

    Args:
        function: the blocking function.
        *arguments: its positional arguments.
        **options: its keyword arguments.

    Returns:
        What the function returns.

    Raises:
        Exception: what the function raises.
        asyncio.CancelledError: after the function has ended.
    """
    return await to_end(begun(partial(function, *arguments, **options)))


def begun(work: Callable[[], Value]) -> asyncio.Future[Value]:
    """Start a call in a worker thread.

    Args:
        work: the blocking call.

    Returns:
        A future, and no task: at the end of a loop all tasks are cancelled, even those that have
        not started.
    """
    return asyncio.get_running_loop().run_in_executor(None, work)


async def to_end(
    work: asyncio.Future[Value], on_cancel: Callable[[], object] = lambda: None
) -> Value:
    """Wait for a future; a cancel is raised only after it is done.

    Args:
        work: future of `begun`.
        on_cancel: called at each cancel, to ask the work to stop.

    Returns:
        The result of the work.

    Raises:
        Exception: what the work raises.
        asyncio.CancelledError: after the work has ended.
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
    """Run a stoppable call in a thread; a cancel sets `stop` and waits until the call has ended.

    Args:
        work: the blocking call; it checks `stop` regularly, cleans up, and raises Stopped.
        stop: event that asks the work to stop.

    Returns:
        What the work returns.
    """
    return await to_end(begun(work), stop.set)


def at_some_time(function: Callable[[], object]) -> None:
    """Call a function in a thread without waiting for it, for example to release a lock.

    For places where waiting would allow a cancel to lose a result that is already known.

    Args:
        function: the blocking function.
    """
    with suppress(RuntimeError):  # the process is ending: the system releases locks
        asyncio.get_running_loop().run_in_executor(None, function)
