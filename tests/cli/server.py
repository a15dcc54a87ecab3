"""The faulty server on a loop of its own, for tests that wait for something outside of it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from tests.cli.terminal import SECONDS
from tests.faulty_server import Account, FaultyServer, Received, Reply


class Server:
    """A `FaultyServer` on a loop in a thread, so that a test can wait for a process.

    Attributes:
        asked: set when a request for jobs, or for a system's quota, is there.
        posted: when a whole submission is.
        judged: when it was decided what becomes of the submission.
    """

    def __init__(self, account: Account, **faults: Any) -> None:
        self.account = account
        self.asked = threading.Event()
        self.posted = threading.Event()
        self.judged = threading.Event()
        self._held = faults.pop("held", False)
        self._faults = faults
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Server:
        self._thread.start()
        hold = asyncio.Event() if self._held else None
        self._hold = hold
        self._server = self._do(FaultyServer(self._answer, hold=hold, **self._faults).__aenter__())
        self.url = self._server.url
        self._watch = asyncio.run_coroutine_threadsafe(self._tell(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._watch.cancel()
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    @property
    def ledger(self) -> list[Received]:
        return self._server.ledger

    @property
    def posts(self) -> int:
        return self._server.posts

    @property
    def is_used(self) -> bool:
        """Whether a client holds a connection; if none does, all that they sent was read."""
        return self._server.is_used

    def release(self) -> None:
        """Let a submission that is held be answered."""
        if self._hold is not None:
            self._loop.call_soon_threadsafe(self._hold.set)

    def _answer(self, request: Received) -> Reply:
        if request.target.startswith(("/jobs/", "/quotas/pizdaint/", "/quotas/nsg/")):
            self.asked.set()
        reply = self.account(request)
        if request.method == "POST":
            self.judged.set()
        return reply

    async def _tell(self) -> None:
        await self._server.post_arrived.wait()
        self.posted.set()

    async def _end(self) -> None:
        await self._server.__aexit__()
        here = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not here]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for _ in range(5):
            await asyncio.sleep(0)  # aborted connections are closed a turn later

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)
