"""Controls when Ctrl-C may interrupt, since a job may be on its way.

The signal handlers are built-in functions. Python functions would interrupt each other if Ctrl-C is
pressed repeatedly, and one that takes a lock could block itself.
"""

from __future__ import annotations

import atexit
import operator
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_pressed: dict[int, FrameType | None] = {}  # not empty if Ctrl-C was pressed and not handled yet
_hold = _pressed.setdefault
_forget = operator.is_


@contextmanager
def held() -> Iterator[None]:
    """Let Ctrl-C interrupt only `waited`, however often it is pressed.

    An exception at any other instruction could lose the outcome of a submission, or leave a lock of
    the event loop taken.

    Yields:
        nothing.
    """
    if not _may_listen():
        yield
        return
    _pressed.clear()
    before = signal.signal(signal.SIGINT, _hold)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is not _forget:  # keep the effect of `deaf`
            signal.signal(signal.SIGINT, before)


@contextmanager
def at_once() -> Iterator[None]:
    """Let Ctrl-C interrupt anywhere, within `held`: for questions and long scans.

    Yields:
        nothing.
    """
    if not _may_listen():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def take() -> bool:
    """Return whether Ctrl-C was pressed since the last call; several presses count once.

    Returns:
        True if it was pressed.
    """
    is_pressed = bool(_pressed)
    _pressed.clear()
    return is_pressed


def deaf() -> None:
    """Ignore Ctrl-C from now on, while the result is written."""
    if not _may_listen():
        return
    signal.signal(signal.SIGINT, _forget)
    _pressed.clear()


def deaf_to_the_end() -> None:
    """Ignore Ctrl-C while the interpreter ends; otherwise it would kill the process."""
    atexit.register(_ignore)  # runs last, when no other thread can get the signal


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
        if _may_listen():
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
    if not _may_listen():
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


def _ignore() -> None:
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        # A pending signal would be reported as an error.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _may_listen() -> bool:
    return threading.current_thread() is threading.main_thread()  # only this thread gets signals
