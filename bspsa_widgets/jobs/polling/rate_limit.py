"""Who may ask an endpoint next: few at once, and nobody while it asked to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary, WeakValueDictionary

AT_ONCE = 2  # a look makes the service ask EBRAINS three times, and the HPC system
LONGEST_REST = 600.0  # seconds; whatever the service asks for, the view is not left for hours


# By event loop, then by the endpoint's URL; held as long as somebody takes turns there.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, Turns]] = (
    WeakKeyDictionary()
)


class Turns:
    """Turns at one endpoint, in the order in which they were asked for. Use `Turns.at`."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._first = asyncio.Semaphore(AT_ONCE)
        self._one_long = asyncio.Lock()
        self._rest_ends = float("-inf")

    @classmethod
    def at(cls, url: str) -> Turns:
        """Those of the endpoint, on the running loop."""
        known = _turns.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        turns = known.get(url)
        if turns is None:
            turns = known[url] = cls()
        return turns

    def rest(self, seconds: float) -> None:
        """No turn begins before so many seconds have passed."""
        if seconds > 0:  # also false for NaN
            now = asyncio.get_running_loop().time()
            self._rest_ends = max(self._rest_ends, now + min(seconds, LONGEST_REST))

    @asynccontextmanager
    async def turn(self, *, is_first: bool = False) -> AsyncGenerator[None, None]:
        """One of few at once.

        Args:
            is_first: for what somebody is waiting to see: it does not stand behind the others.
        """
        async with self._first if is_first else self._free:
            await self.rested()
            yield

    async def rested(self) -> None:
        """Wait while the service wants to be left alone."""
        loop = asyncio.get_running_loop()
        # A loop, for the answer to another's look may ask for more.
        while (left := self._rest_ends - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    @asynccontextmanager
    async def long_turn(self) -> AsyncGenerator[None, None]:
        """For what may take long, as a file: one at a time, so that others have turns as well."""
        async with self._one_long, self.turn():
            yield
