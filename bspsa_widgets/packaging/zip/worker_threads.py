"""Worker threads that the interpreter does not wait for when it exits.

The interpreter waits for threads of `concurrent.futures` until their work is done, before
anything here can stop it, and then refuses what is still to be written.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

Value = TypeVar("Value")
Params = ParamSpec("Params")

_Task = tuple[Future[Any], Callable[[], Any]]


class WorkerThreads(ThreadPoolExecutor):  # asyncio requires this base class
    """A pool of daemon threads, started as they are needed.

    Args:
        max_threads: largest number of threads.
        name: prefix of the threads' names.
        begin: called first in each thread.
    """

    def __init__(
        self, max_threads: int, name: str, begin: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(max_threads, name)
        self._max_threads = max_threads
        self._name = name
        self._begin = begin
        self._changed = threading.Condition()
        self._tasks: deque[_Task] = deque()
        self._idle = 0
        self._started: list[threading.Thread] = []
        self._is_closed = False

    def submit(
        self, function: Callable[Params, Value], /, *args: Params.args, **kwargs: Params.kwargs
    ) -> Future[Value]:
        """Call a function in a thread, or in the current one if no thread can be started.

        Args:
            function: the function.
            *args: its positional arguments.
            **kwargs: its keyword arguments.

        Returns:
            Future of its result.

        Raises:
            RuntimeError: after `shutdown`.
        """
        future: Future[Value] = Future()
        task = (future, partial(function, *args, **kwargs))
        with self._changed:
            if self._is_closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if has_thread := len(self._tasks) < self._idle or self._can_run():
                self._tasks.append(task)
                self._changed.notify()
        if not has_thread:
            _do(*task)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more tasks; the threads end when all accepted tasks are done.

        Args:
            wait: whether to wait for the threads.
            cancel_futures: whether to cancel tasks that have not started.
        """
        with self._changed:
            self._is_closed = True
            while cancel_futures and self._tasks:
                self._tasks.popleft()[0].cancel()
            self._changed.notify_all()
        if wait:
            for thread in self._started:
                thread.join()

    def _can_run(self) -> bool:
        """Return whether a thread can run the task; start one, unless the maximum is reached."""
        if len(self._started) >= self._max_threads:
            return True
        name = f"{self._name}_{len(self._started)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is exiting (Python 3.12)
            return False
        self._started.append(thread)
        return True

    def _work(self) -> None:
        self._begin()
        while (task := self._next()) is not None:
            _do(*task)
            del task  # do not keep the result until the next task

    def _next(self) -> _Task | None:
        with self._changed:
            while not self._tasks:
                if self._is_closed:
                    return None
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            return self._tasks.popleft()


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
        del future  # the error refers to this frame: avoid a cycle
    else:
        future.set_result(result)
