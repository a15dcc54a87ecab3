"""The event loop of a command, in the main thread, and Ctrl-C as one of its events.

A KeyboardInterrupt between two instructions could lose the outcome of a submission. On the loop, a
command notices Ctrl-C only where it waits for it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from bspsa_widgets.cli.interrupt import ignore, may_listen
from bspsa_widgets.runtime.event_loop import cancel_all, new_loop

Value = TypeVar("Value")


class CtrlC:
    """Ctrl-C as an event of the loop that `run` starts; several presses count once."""

    def __init__(self) -> None:
        self._pressed = asyncio.Event()

    def press(self) -> None:
        """Note that it was pressed."""
        self._pressed.set()

    async def unless(self, work: asyncio.Future[Value]) -> Value:
        """Wait for work and return its result.

        Args:
            work: task or future; it goes on if Ctrl-C is pressed.

        Returns:
            its result.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed before the work was done.
        """
        pressed = asyncio.create_task(self._pressed.wait(), name="Ctrl-C")
        try:
            first: set[asyncio.Future[Any]] = {work, pressed}
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pressed.cancel()
        if work.done():
            return work.result()
        self._pressed.clear()
        work.add_done_callback(_let_go)
        raise KeyboardInterrupt


def run(work: Coroutine[Any, Any, Value], ctrl_c: CtrlC | None = None) -> Value:
    """Run a coroutine on an event loop in this thread.

    Args:
        work: the coroutine.
        ctrl_c: told of Ctrl-C, which has no other effect; None: Ctrl-C cancels the coroutine.

    Returns:
        result of the coroutine.

    Raises:
        KeyboardInterrupt: Ctrl-C has cancelled the coroutine; it is ignored from then on.
    """
    before = signal.getsignal(signal.SIGINT)
    loop = new_loop()
    heard = ctrl_c or CtrlC()
    try:
        _listen(loop, heard.press)
        return loop.run_until_complete(work if ctrl_c else _unless_pressed(work, heard))
    finally:
        loop.run_until_complete(cancel_all())
        with _blocked():
            is_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            loop.close()  # from here on, Ctrl-C would raise KeyboardInterrupt
            if may_listen():
                signal.signal(signal.SIGINT, signal.SIG_IGN if is_ignored else before)


async def _unless_pressed(work: Coroutine[Any, Any, Value], ctrl_c: CtrlC) -> Value:
    try:
        return await ctrl_c.unless(asyncio.create_task(work, name="a command"))
    except KeyboardInterrupt:
        ignore()  # another Ctrl-C must not disturb the messages
        raise


def _let_go(work: asyncio.Future[Any]) -> None:
    if not work.cancelled():
        work.exception()  # read, so that asyncio does not report it as lost


def _listen(loop: asyncio.AbstractEventLoop, press: Callable[[], None]) -> None:
    if not may_listen():
        return
    try:
        loop.add_signal_handler(signal.SIGINT, press)
    except NotImplementedError:  # Windows
        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(press))
        return
    # Without this, a key held down while the loop is busy would be reported as an error.
    signal.set_wakeup_fd(signal.set_wakeup_fd(-1), warn_on_full_buffer=False)


@contextmanager
def _blocked() -> Iterator[None]:
    """Let no Ctrl-C in until the block has ended; on Windows this is not possible."""
    with suppress(AttributeError):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        with suppress(AttributeError):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
