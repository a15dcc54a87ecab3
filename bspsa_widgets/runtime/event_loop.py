"""Background event loop of the package, in a thread of its own.

A busy kernel does not block it, and it does not block the kernel. It keeps references to all tasks,
cancels the remaining ones at the end, and logs errors that nothing awaits.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import logging
import os
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any, TypeVar

from bspsa_widgets.client.waking import waking
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.packaging.temporary_zip import sweep
from bspsa_widgets.packaging.zip.worker_threads import WorkerThreads

log = logging.getLogger(__name__)

Value = TypeVar("Value")
Result = concurrent.futures.Future[Value]

MOST_THREADS = 32  # for blocking calls
CLOSING_SECONDS = 2.0  # how long cancelled tasks may clean up at the end


class Background:
    """Event loop in a daemon thread, started on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[Result[Any]] = set()

    def run(
        self,
        work: Coroutine[Any, Any, Value],
        name: str,
        *,
        within: Coroutine[Any, Any, Value] | None = None,
    ) -> Result[Value]:
        """Start a coroutine on the loop; from any thread.

        Args:
            work: the coroutine.
            name: name of the work, for the log if it fails with an unexpected error.
            within: coroutine that `work` awaits; it is closed, too, if it cannot be started.

        Returns:
            a future for any thread; `awaited` waits for it on any loop. It is cancelled if the
            interpreter is ending and nothing can be started.
        """
        try:
            loop = self._running_loop()
        except RuntimeError:
            work.close()
            if within is not None:
                within.close()
            never: Result[Value] = concurrent.futures.Future()
            never.cancel()
            return never
        future = asyncio.run_coroutine_threadsafe(work, loop)
        self._tasks.add(future)
        future.add_done_callback(lambda done: self._forget(done, name))
        return future

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function on the loop soon; from any thread.

        Args:
            function: the function.
            *arguments: its arguments.
        """
        self._running_loop().call_soon_threadsafe(function, *arguments)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop itself, for callers that must not wait for a lock."""
        return self._running_loop()

    @property
    def is_running(self) -> bool:
        """Whether the loop was started and not closed."""
        return self._loop is not None

    def close(self) -> None:
        """Cancel all tasks and end the thread. A later `run` starts a new one."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_end(), loop)
        thread.join(CLOSING_SECONDS)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        # Without the lock: a widget that is collected closes itself in whatever thread allocates,
        # also in one that holds the lock.
        if (running := self._loop) is not None:
            return running
        with self._lock:
            if self._loop is None:
                loop = new_loop()
                thread = threading.Thread(
                    target=_step, args=(loop,), name="bspsa-widgets", daemon=True
                )
                try:
                    thread.start()
                except RuntimeError:  # the interpreter is ending (since Python 3.12)
                    loop.close()
                    raise
                self._loop, self._thread = loop, thread
            return self._loop

    def _forget(self, done: Result[Any], name: str) -> None:
        self._tasks.discard(done)
        if not done.cancelled() and (error := done.exception()) is not None:
            # A caller that awaits it shows the error; the log is for work that nothing awaits.
            level = logging.DEBUG if isinstance(error, BspsaError) else logging.ERROR
            log.log(level, "%s ended with %s", name, type(error).__name__, exc_info=error)


def beside(work: Result[Value]) -> Result[Value]:
    """Return a future that ends as another one does; cancelling it has no effect on the other.

    Args:
        work: the other future.

    Returns:
        the new future.
    """
    copy: Result[Value] = concurrent.futures.Future()
    hand_on(work, copy)
    return copy


def hand_on(work: Result[Value], copy: Result[Value]) -> None:
    """Copy the result, error or cancellation of a future to another one.

    Args:
        work: future to copy from.
        copy: future to copy to.
    """

    def end(done: Result[Value]) -> None:
        if done.cancelled():
            copy.cancel()
        elif copy.set_running_or_notify_cancel():
            error = done.exception()
            if error is None:
                copy.set_result(done.result())
            else:
                copy.set_exception(error)

    work.add_done_callback(end)


async def awaited(work: Result[Value], *, or_cancel: bool = False) -> Value:
    """Wait for a future on any loop. The kernel's interrupt ends the wait.

    Args:
        work: the future.
        or_cancel: whether an interrupt also cancels the work; otherwise it goes on.

    Returns:
        the future's result.
    """
    copy = asyncio.wrap_future(beside(work))
    try:
        with waking():
            return await copy
    except asyncio.CancelledError:
        if or_cancel:
            work.cancel()
        raise
    finally:
        copy.cancel()  # otherwise asyncio would report an error after an interrupt


class StartedWork(Coroutine[Any, Any, Value]):
    """Work that was already started; it can be awaited like a coroutine, or left alone.

    Args:
        wait: returns a coroutine that waits for the work.
        name: name of the work, for the user.
    """

    def __init__(self, wait: Callable[[], Coroutine[Any, Any, Value]], name: str) -> None:
        self._wait = wait
        self._name = name
        self._waiting: Coroutine[Any, Any, Value] | None = None

    def __repr__(self) -> str:
        return f"<{self._name} has begun; `await` it for what comes of it>"

    def __await__(self) -> Generator[Any, None, Value]:
        return self._wait().__await__()

    def send(self, value: Any) -> Any:
        """Continue the wait, for `asyncio.run` and tasks.

        Args:
            value: as for a generator.

        Returns:
            as for a generator.
        """
        self._waiting = self._waiting or self._wait()
        return self._waiting.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise an error where the wait is suspended.

        Args:
            *error: as for a generator.

        Returns:
            as for a generator.
        """
        self._waiting = self._waiting or self._wait()
        return self._waiting.throw(*error)

    def close(self) -> None:
        """Stop waiting."""
        if self._waiting is not None:
            self._waiting.close()


def _step(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def new_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop whose worker threads cannot delay the end of the process.

    Returns:
        the loop, which is not running yet.
    """
    loop = asyncio.new_event_loop()
    loop.set_default_executor(WorkerThreads(MOST_THREADS, "bspsa-worker"))
    # Remove temporary files of processes that were killed.
    loop.call_soon(loop.run_in_executor, None, sweep)
    return loop


async def cancel_all() -> None:
    """Cancel all other tasks of the running loop; they may clean up for a limited time."""
    here = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not here]
    for task in others:
        task.cancel()
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_SECONDS):
            await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


async def _end() -> None:
    await cancel_all()
    asyncio.get_running_loop().stop()


_the_one = Background()


def background() -> Background:
    """Return the background loop of this process.

    Returns:
        the loop.
    """
    return _the_one


def _after_fork() -> None:
    global _the_one
    _the_one = Background()  # threads do not survive a fork


atexit.register(lambda: _the_one.close())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
