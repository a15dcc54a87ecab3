"""The event loop of a command, in the main thread, and Ctrl-C as one of its events.

A KeyboardInterrupt between two instructions could lose the outcome of a submission. On the loop, a
command notices Ctrl-C only where it waits for it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
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
    loop = new_loop()
    heard = ctrl_c or CtrlC()

    def press(*_: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(heard.press)

    # Not by `loop.add_signal_handler`: as that loop closes, Ctrl-C raises KeyboardInterrupt for a
    # moment, after the result was printed.
    before = signal.signal(signal.SIGINT, press) if may_listen() else None
    try:
        return loop.run_until_complete(work if ctrl_c else _unless_pressed(work, heard))
    finally:
        loop.run_until_complete(cancel_all())
        loop.close()
        if signal.getsignal(signal.SIGINT) is press:  # it is not ignored since
            signal.signal(signal.SIGINT, before)


async def _unless_pressed(work: Coroutine[Any, Any, Value], ctrl_c: CtrlC) -> Value:
    try:
        return await ctrl_c.unless(asyncio.create_task(work, name="a command"))
    except KeyboardInterrupt:
        ignore()  # another Ctrl-C must not disturb the messages
        raise


def _let_go(work: asyncio.Future[Any]) -> None:
    if not work.cancelled():
        work.exception()  # read, so that asyncio does not report it as lost
