"""Ctrl-C, where it may not come at any moment: a job may be on its way.

What is called by a signal is built in: functions of Python's own would interrupt each other
in a burst, and one that takes a lock could interrupt itself while it holds it.
"""

from __future__ import annotations

import atexit
import operator
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_pressed: dict[int, FrameType | None] = {}  # holds something if no wait has taken it yet
_hold = _pressed.setdefault
_forget = operator.is_


@contextmanager
def held() -> Iterator[None]:
    """Ctrl-C interrupts nothing but a wait (`waited`), however often it is pressed.

    An exception between any two instructions could lose what became of a submission, or
    leave a lock of the event loop's taken for ever.
    """
    if not _may_listen():
        yield
        return
    _pressed.clear()
    before = signal.signal(signal.SIGINT, _hold)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is not _forget:  # `deaf` is to stay
            signal.signal(signal.SIGINT, before)


@contextmanager
def at_once() -> Iterator[None]:
    """Within `held`: here it interrupts, wherever the work is. For questions, and long looks."""
    if not _may_listen():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def take() -> bool:
    """Whether Ctrl-C was pressed since this was asked last; several at once are one."""
    is_pressed = bool(_pressed)
    _pressed.clear()
    return is_pressed


def deaf() -> None:
    """Ctrl-C does nothing any more: only what is known is still to be told."""
    if not _may_listen():
        return
    signal.signal(signal.SIGINT, _forget)
    _pressed.clear()


def deaf_to_the_end() -> None:
    """At the interpreter's end a signal would have its own way again: to kill the process."""
    atexit.register(_ignore)  # last, when no other thread of ours is left to take one


@contextmanager
def kept() -> Iterator[None]:
    """Afterwards Ctrl-C does what it did before."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if _may_listen():
            signal.signal(signal.SIGINT, before)


@contextmanager
def heard() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed. A second one interrupts, wherever the work is.

    The first does not: it could come between a temporary file and the note of its name.
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
        # One that came just now would be told of as an error.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _may_listen() -> bool:
    return threading.current_thread() is threading.main_thread()  # signals come to it alone
