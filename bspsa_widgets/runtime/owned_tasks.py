"""Tasks on the background loop that end with their owner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bspsa_widgets.errors import BspsaError, NotSent
from bspsa_widgets.runtime.event_loop import Result, background

Value = TypeVar("Value")


class OwnedTasks:
    """Owner of tasks that end when their owner is closed.

    Args:
        on_fault: called with name and error of work that fails with an unexpected error.
    """

    def __init__(self, on_fault: Callable[[str, Exception], object] | None = None) -> None:
        self._on_fault = on_fault
        self._is_closed = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def run(self, work: Coroutine[Any, Any, Value], name: str) -> Result[Value]:
        """Start a coroutine as `Background.run` does, owned by this object.

        Args:
            work: the coroutine.
            name: name of the work, for the log.

        Returns:
            a future; it fails with NotSent if the owner is closed.
        """
        return background().run(self._hold(work, name), name, within=work)

    def close(self) -> None:
        """Start nothing any more; from any thread."""
        self._is_closed = True

    async def cancel(self) -> None:
        """Close, cancel all tasks, and wait for their end. On the background loop."""
        self.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def alone(self) -> None:
        """Wait until the calling task is the only one. On the background loop."""
        here = asyncio.current_task()
        while others := [task for task in self._tasks if task is not here]:
            await asyncio.wait(others)

    async def _hold(self, work: Coroutine[Any, Any, Value], name: str) -> Value:
        if self._is_closed:
            work.close()
            raise closed_panel()
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            return await work
        except BspsaError:
            raise
        except Exception as error:
            if self._on_fault is not None:
                self._on_fault(name, error)
            raise


def closed_panel() -> NotSent:
    """Return the error for calls to a closed panel.

    Returns:
        the error.
    """
    return NotSent("This panel is closed.", advice="Make a new one.")
