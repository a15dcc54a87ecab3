"""An event loop on which waiting costs no time: its clock jumps to the next timer.

    async def main() -> float:
        await asyncio.sleep(3600)
        return elapsed()

    assert run_virtual(main()) == 3600

It jumps only when nothing else can happen: nothing is ready, no socket of this process has
anything to say, and no job of `asyncio.to_thread` runs. A server and its client on this loop
therefore never see a time-out that a real loop would not have shown them. Threads that were
started in other ways are not waited for.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import selectors
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

Value = TypeVar("Value")

# Loopback sockets deliver in the kernel, nearly always before the call that sent returns; on
# a busy machine a thread of the kernel does it, and has to be let run.
PATIENCE = 0.002
# Somebody waits to write: the kernel's own timers (40 and 200 ms) may have to pass first.
PATIENCE_TO_WRITE = 0.25
SLICE = 0.05  # of real waiting for a thread, between two looks at the real clock

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class _Selector(selectors.DefaultSelector):
    """Waits in virtual time, and in real time only for sockets and threads."""

    def __init__(self, real_seconds: float) -> None:
        super().__init__()
        self.now = 0.0
        self.jobs = 0
        self.is_hung = False
        self._real_seconds = real_seconds
        self._end = time.monotonic() + real_seconds
        self._stuck: set[int] = set()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._check_bound()
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return self._noted(events)
        if timeout is None or self.jobs:
            return self._noted(super().select(SLICE))
        return self._noted(self._last_look()) or self._jump(timeout)

    def _last_look(self) -> list[tuple[selectors.SelectorKey, int]]:
        """The last chance of the sockets; a writer known to be stuck is not waited for again."""
        keys = self.get_map().values()
        writers = {key.fd for key in keys if key.events & selectors.EVENT_WRITE}
        events = super().select(PATIENCE_TO_WRITE if writers - self._stuck else PATIENCE)
        self._stuck = writers
        return events

    def _noted(
        self, events: list[tuple[selectors.SelectorKey, int]]
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if events:
            self._stuck = set()
        return events

    def _jump(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout
        return []

    def _check_bound(self) -> None:
        if time.monotonic() > self._end:
            self.is_hung = True
            self._end = time.monotonic() + self._real_seconds  # for the cleaning up
            raise TimeoutError(f"not over after {self._real_seconds:g} s of real time")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Selector event loop with a clock of its own.

    Args:
        real_seconds: ends it with `TimeoutError`, should it hang after all.
    """

    def __init__(self, real_seconds: float = 30.0) -> None:
        self._virtual = _Selector(real_seconds)
        super().__init__(self._virtual)
        self._threads = concurrent.futures.ThreadPoolExecutor(8, "virtual-time")
        self.set_default_executor(self._threads)

    def time(self) -> float:
        return self._virtual.now

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the start."""
        return self._virtual.now

    def run_in_executor(  # type: ignore[override]
        self,
        executor: concurrent.futures.Executor | None,
        func: Callable[..., Value],
        *args: Any,
    ) -> asyncio.Future[Value]:
        job = (executor or self._threads).submit(func, *args)
        self._virtual.jobs += 1
        result = asyncio.wrap_future(job, loop=self)
        # After the callback that hands on the result: the loop hears of them in this order.
        job.add_done_callback(lambda _: self._from_thread(self._job_over))
        return result

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Waits for real; a job that hangs has been waited for long enough."""
        self._threads.shutdown(wait=not self._virtual.is_hung)

    def _from_thread(self, function: Callable[[], None]) -> None:
        if not self.is_closed():
            self.call_soon_threadsafe(function)

    def _job_over(self) -> None:
        self._virtual.jobs -= 1


def run_virtual(
    main: Coroutine[Any, Any, Value], seconds: float = 86_400.0, real_seconds: float = 30.0
) -> Value:
    """As `faulty_server.run`, on a `VirtualLoop`.

    Args:
        seconds: virtual; what waits for ever is ended there, at once in real time.
        real_seconds: ends what hangs without waiting on the loop.

    Raises:
        TimeoutError: of either.
        AssertionError: a failure that nobody looked at.
    """
    lost: list[dict[str, Any]] = []

    async def bounded() -> Value:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
        return await asyncio.wait_for(main, seconds)

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(real_seconds)) as runner:
        result = runner.run(bounded())
    assert not lost, lost
    return result


def elapsed() -> float:
    """Virtual seconds since the running loop began."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop.elapsed


def clock() -> datetime:
    """A date that goes with the running loop's clock, to be given where one is asked for.

    `datetime.now` stays real.
    """
    return EPOCH + timedelta(seconds=elapsed())
