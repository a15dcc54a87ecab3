"""Work in a thread ends when something newer begins, or nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from bspsa_widgets.errors import Stopped
from bspsa_widgets.runtime.cancellable import LatestWork, stoppable
from tests.widgets.view import SECONDS


class Work:
    """Goes on until it is told to stop, or set free."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.free = threading.Event()
        self.over = threading.Event()

    def __call__(self, stopped: Callable[[], bool]) -> str:
        self.begun.set()
        try:
            for _ in range(int(SECONDS * 1000)):
                if stopped():
                    raise Stopped
                if self.free.wait(0.001):
                    return "done"
            raise AssertionError("nobody stopped it")
        finally:
            self.over.set()


async def _begun(work: Work) -> None:
    assert await asyncio.to_thread(work.begun.wait, SECONDS)


def test_what_is_begun_later_stops_what_was_begun_before() -> None:
    async def both() -> None:
        latest, first, second = LatestWork(), Work(), Work()
        earlier = asyncio.create_task(latest.run(first))
        await _begun(first)
        second.free.set()
        assert await latest.run(second) == "done"
        with pytest.raises(Stopped):
            await earlier

    asyncio.run(both())


def test_a_stop_ends_what_runs_and_nothing_that_comes_after() -> None:
    async def go() -> None:
        latest, first, second = LatestWork(), Work(), Work()
        running = asyncio.create_task(latest.run(first))
        await _begun(first)
        latest.stop()
        with pytest.raises(Stopped):
            await running
        second.free.set()
        assert await latest.run(second) == "done"

    asyncio.run(go())


def test_work_whose_task_is_cancelled_ends_too() -> None:
    work = Work()

    async def go() -> None:
        running = asyncio.create_task(stoppable(work))
        await _begun(work)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(go())
    assert work.over.wait(SECONDS)
    assert not work.free.is_set()
