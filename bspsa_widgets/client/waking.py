"""Wake the event loop of a Jupyter kernel regularly, so that it notices an interrupt.

The kernel handles an interrupt by cancelling the cell's task. That alone does not wake a loop
that waits for the network or for another thread.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

WAKING_SECONDS = 0.2  # longest delay until an interrupt is noticed

Class = TypeVar("Class")


@contextmanager
def waking() -> Iterator[None]:
    """Wake the running loop regularly if it is a kernel's; other loops notice interrupts anyway.

    Yields:
        Nothing.
    """
    if not _is_in_kernel() or threading.current_thread() is not threading.main_thread():
        yield  # signals are handled in the main thread alone
        return
    loop = asyncio.get_running_loop()
    next_time: asyncio.TimerHandle

    def wake() -> None:
        nonlocal next_time
        next_time = loop.call_later(WAKING_SECONDS, wake)

    wake()
    try:
        yield
    finally:
        next_time.cancel()


def _is_in_kernel() -> bool:
    module = sys.modules.get("ipykernel.kernelapp")
    return module is not None and bool(module.IPKernelApp.initialized())


def interruptible(cls: type[Class]) -> type[Class]:
    """Make all public coroutines of a class notice an interrupt of the kernel.

    Args:
        cls: the class to change.

    Returns:
        The same class.
    """
    for name, value in list(vars(cls).items()):
        if inspect.iscoroutinefunction(value) and not name.startswith("_"):
            setattr(cls, name, _interruptible(value))
    return cls


def _interruptible(
    function: Callable[..., Coroutine[Any, Any, Any]],
) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(function)
    async def call(*arguments: Any, **options: Any) -> Any:
        with waking():
            return await function(*arguments, **options)

    return call
