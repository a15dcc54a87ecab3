"""Work that keeps a panel up to date while it is shown or used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from typing import Any

from bspsa_widgets.runtime.owned_tasks import OwnedTasks

Work = Callable[[], Coroutine[Any, Any, None]]


class Upkeep:
    """Starts and stops work that has no end of its own.

    Args:
        on_fault: called with name and error of work that fails.
        *works: name and function of each; each can be started again.
    """

    def __init__(
        self, *works: tuple[str, Work], on_fault: Callable[[str, Exception], object]
    ) -> None:
        self._works = works
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._tasks: OwnedTasks | None = None
        self._is_closed = False

    def begin(self) -> None:
        """Start the work, unless it is running; from any thread."""
        with self._lock:
            if self._tasks is not None or self._is_closed:
                return
            self._tasks = OwnedTasks(self._on_fault)
            for name, work in self._works:
                self._tasks.run(work(), name)

    def close(self) -> None:
        """Start nothing any more; from any thread."""
        self._is_closed = True

    async def end(self) -> None:
        """Cancel the work and wait until it has ended. On the background loop."""
        with self._lock:
            tasks, self._tasks = self._tasks, None
        if tasks is not None:
            await tasks.cancel()
