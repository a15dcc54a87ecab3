"""Calls that may block for long, as those on a network file system: in a thread, to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

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
    # No task: at the process's end all tasks are cancelled, before they have begun as well.
    call = partial(function, *arguments, **options)
    work = asyncio.get_running_loop().run_in_executor(None, call)
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return work.result()
    if not work.cancelled():
        work.exception()  # of what is given up anyway
    raise cancelled


def at_some_time(function: Callable[[], object]) -> None:
    """Call in a thread, and go on: for an end that nobody needs to see, such as a lock's.

    Where a wait would be a place at which a cancel takes away what is known.
    """
    with suppress(RuntimeError):  # the process ends, and the system with it what is held
        asyncio.get_running_loop().run_in_executor(None, function)
