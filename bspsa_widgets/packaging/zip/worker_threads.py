"""Worker threads that the interpreter does not wait for when it exits.

It waits for those of `concurrent.futures` for as long as their work takes, before anything of
ours can call that off, and then refuses what is still to be written.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

Value = TypeVar("Value")
Given = ParamSpec("Given")

_Task = tuple[Future[Any], Callable[[], Any]]


class Workers(ThreadPoolExecutor):  # asyncio takes no other kind for its own
    """A pool of daemon threads, started as they are needed.

    Args:
        most: threads at once.
        name: what the threads' names begin with.
        begin: called first in each thread.
    """

    def __init__(self, most: int, name: str, begin: Callable[[], object] = lambda: None) -> None:
        super().__init__(most, name)
        self._most = most
        self._name = name
        self._begin = begin
        self._changed = threading.Condition()
        self._tasks: deque[_Task] = deque()
        self._idle = 0
        self._started: list[threading.Thread] = []
        self._is_closed = False

    def submit(
        self, function: Callable[Given, Value], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Value]:
        """Call `function` in a thread; in this one where none can be started any more."""
        future: Future[Value] = Future()
        task = (future, partial(function, *args, **kwargs))
        with self._changed:
            if self._is_closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if has_thread := len(self._tasks) < self._idle or self._has_another():
                self._tasks.append(task)
                self._changed.notify()
        if not has_thread:
            _do(*task)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; the threads end once all is done that was taken."""
        with self._changed:
            self._is_closed = True
            while cancel_futures and self._tasks:
                self._tasks.popleft()[0].cancel()
            self._changed.notify_all()
        if wait:
            for thread in self._started:
                thread.join()

    def _has_another(self) -> bool:
        """Another thread is there, or as many as there may be are."""
        if len(self._started) >= self._most:
            return True
        name = f"{self._name}_{len(self._started)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # at the interpreter's end, since Python 3.12
            return False
        self._started.append(thread)
        return True

    def _work(self) -> None:
        self._begin()
        while (task := self._next()) is not None:
            _do(*task)
            del task  # a result is not to be kept until the next task comes

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
        del future  # the error holds this frame, and would hold itself by it
    else:
        future.set_result(result)
