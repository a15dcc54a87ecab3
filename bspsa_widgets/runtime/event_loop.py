"""The one event loop of the package, in a thread of its own.

A busy kernel does not stop it, and it does not stop the kernel. It holds every task,
cancels what is left at the end, and reports what nobody looked at.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import logging
import os
import threading
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from bspsa_widgets.client.waking import waking
from bspsa_widgets.errors import BspsaError, NotSent
from bspsa_widgets.packaging.temporary_zip import sweep
from bspsa_widgets.packaging.zip.worker_threads import Workers

log = logging.getLogger(__name__)

Value = TypeVar("Value")
Result = concurrent.futures.Future[Value]

MOST_THREADS = 32  # that do what blocks
CLOSING_SECONDS = 2.0  # how long cancelled tasks may clean up when the process ends


class Background:
    """A loop in a daemon thread, started on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._held: set[Result[Any]] = set()

    def run(
        self,
        work: Coroutine[Any, Any, Value],
        name: str,
        *,
        within: Coroutine[Any, Any, Value] | None = None,
    ) -> Result[Value]:
        """Start a coroutine there; from any thread.

        Args:
            work: what to start.
            name: what it is, for the log, should it fail with an error that is not ours.
            within: what `work` is to await; closed with it where it cannot be started.

        Returns:
            A future for any thread; `awaited` waits for it on any loop. It is cancelled where
            the interpreter ends, and nothing can be begun any more.
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
        self._held.add(future)
        future.add_done_callback(lambda done: self._let_go(done, name))
        return future

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a plain function on the loop, soon; from any thread."""
        self._running_loop().call_soon_threadsafe(function, *arguments)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop itself, for what may not wait for a lock."""
        return self._running_loop()

    @property
    def is_running(self) -> bool:
        """False before first use and after the end of the process has begun."""
        return self._loop is not None

    def close(self) -> None:
        """Cancel what runs and end the thread. A later `run` starts anew."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop)
        thread.join(CLOSING_SECONDS)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                loop.set_default_executor(Workers(MOST_THREADS, "bspsa-worker"))
                thread = threading.Thread(
                    target=_turn, args=(loop,), name="bspsa-widgets", daemon=True
                )
                try:
                    thread.start()
                except RuntimeError:  # at the interpreter's end, since Python 3.12
                    loop.close()
                    raise
                # What kernels have left that were killed.
                loop.call_soon_threadsafe(loop.run_in_executor, None, sweep)
                self._loop, self._thread = loop, thread
            return self._loop

    def _let_go(self, done: Result[Any], name: str) -> None:
        self._held.discard(done)
        if not done.cancelled() and (error := done.exception()) is not None:
            # Whoever awaits it shows it as well; the log is for what nobody awaits.
            level = logging.DEBUG if isinstance(error, BspsaError) else logging.ERROR
            log.log(level, "%s ended with %s", name, type(error).__name__, exc_info=error)


class Held:
    """Work that ends when its owner does.

    Args:
        on_fault: told of work that ends in an error that is not ours: its name, the error.
    """

    def __init__(self, on_fault: Callable[[str, Exception], object] | None = None) -> None:
        self._on_fault = on_fault
        self._is_closed = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def run(self, work: Coroutine[Any, Any, Value], name: str) -> Result[Value]:
        """As `Background.run`; once the owner is closed, the future fails with NotSent."""
        return background().run(self._hold(work, name), name, within=work)

    def close(self) -> None:
        """Begin nothing more; from any thread."""
        self._is_closed = True

    async def cancel(self) -> None:
        """Close, cancel what runs, and wait until it has ended. On the background loop."""
        self.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def alone(self) -> None:
        """Wait until the one who waits is all that runs; on the background loop."""
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
    """The error of all that is asked of a panel that is closed."""
    return NotSent("This panel is closed.", advice="Make a new one.")


def beside(work: Result[Value]) -> Result[Value]:
    """A future that ends as `work` does; cancelling it leaves `work` alone."""
    copy: Result[Value] = concurrent.futures.Future()
    hand_on(work, copy)
    return copy


def hand_on(work: Result[Value], copy: Result[Value]) -> None:
    """Let `copy` end as `work` does."""

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
    """Wait for `work` on any loop; return its value. An interrupt of the kernel is heard.

    Args:
        or_cancel: whether an interrupt cancels `work`, too; otherwise that goes on.
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
        copy.cancel()  # else nobody looks at an error that comes after an interrupt


class Begun(Coroutine[Any, Any, Value]):
    """Work that has begun. It can be awaited for its value wherever a coroutine can, or left alone.

    Args:
        wait: makes the coroutine that waits for the work.
        name: what it is, for people.
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
        """Go on waiting, for `asyncio.run` and tasks."""
        self._waiting = self._waiting or self._wait()
        return self._waiting.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise an error where it waits."""
        self._waiting = self._waiting or self._wait()
        return self._waiting.throw(*error)

    def close(self) -> None:
        """Wait no more."""
        if self._waiting is not None:
            self._waiting.close()


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _cancel_all() -> None:
    here = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not here]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    asyncio.get_running_loop().stop()


_the_one = Background()


def background() -> Background:
    """The process's own."""
    return _the_one


def _after_fork() -> None:
    global _the_one
    _the_one = Background()  # threads do not survive a fork


atexit.register(lambda: _the_one.close())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
