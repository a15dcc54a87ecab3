"""Calls that may block for long, as those on a network file system: in a thread, to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
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
    work = asyncio.ensure_future(asyncio.to_thread(function, *arguments, **options))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()  # of what is given up anyway
        raise


def at_some_time(function: Callable[[], object]) -> None:
    """Call in a thread, and go on: for an end that nobody needs to see, such as a lock's.

    Where a wait would be a place at which a cancel takes away what is known.
    """
    with suppress(RuntimeError):  # the process ends, and the system with it what is held
        asyncio.get_running_loop().run_in_executor(None, function)
