"""Handlers of Ctrl-C, for commands without an event loop and for the end of all."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


def ignore() -> None:
    """Ignore Ctrl-C from now on, while the result is written and the process ends."""
    if may_listen():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def kept() -> Iterator[None]:
    """Restore the handler for Ctrl-C afterwards.

    Yields:
        nothing.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if may_listen():
            signal.signal(signal.SIGINT, before)


@contextmanager
def heard() -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether Ctrl-C was pressed; a second press interrupts.

    The first press does not interrupt: it could come between creating a temporary file and noting
    its name.

    Yields:
        function that returns True after the first press.
    """
    pressed: list[bool] = []
    if not may_listen():
        yield lambda: False
        return

    def press(number: int, frame: FrameType | None) -> None:
        if pressed:
            signal.default_int_handler(number, frame)
        pressed.append(True)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def may_listen() -> bool:
    """Return whether this thread may set the handler: only the main thread gets signals.

    Returns:
        True in the main thread.
    """
    return threading.current_thread() is threading.main_thread()
