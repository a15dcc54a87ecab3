"""Per-endpoint rate limit: at most two requests at a time, none during a Retry-After."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary, WeakValueDictionary

AT_ONCE = 2  # requests; for each, the service asks EBRAINS three times and the HPC system once
LONGEST_REST = 600.0  # seconds; limits a Retry-After of hours, so that the view stays useful


# By event loop, then by the endpoint's URL; dropped when nothing uses them any more.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, RateLimit]] = (
    WeakKeyDictionary()
)


class RateLimit:
    """Rate limit of one service; requests are admitted in order. Use `RateLimit.at`."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._first = asyncio.Semaphore(AT_ONCE)
        self._one_long = asyncio.Lock()
        self._rest_ends = float("-inf")

    @classmethod
    def at(cls, url: str) -> RateLimit:
        """Return the rate limit of a service, on the running loop.

        Args:
            url: address of the service.

        Returns:
            the shared rate limit.
        """
        known = _turns.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        turns = known.get(url)
        if turns is None:
            turns = known[url] = cls()
        return turns

    def rest(self, seconds: float) -> None:
        """Admit no request for some time, as the service's Retry-After demands.

        Args:
            seconds: how long, in seconds; at most `LONGEST_REST` is waited.
        """
        if seconds > 0:  # also false for NaN
            now = asyncio.get_running_loop().time()
            self._rest_ends = max(self._rest_ends, now + min(seconds, LONGEST_REST))

    @asynccontextmanager
    async def turn(self, *, is_first: bool = False) -> AsyncGenerator[None, None]:
        """Wait for a place for one request and hold it inside the `with` block.

        Args:
            is_first: whether the user is waiting for the result: such requests have places of their
                own.

        Yields:
            nothing; the request may be sent inside the block.
        """
        async with self._first if is_first else self._free:
            await self.rested()
            yield

    async def rested(self) -> None:
        """Wait until a Retry-After is over."""
        loop = asyncio.get_running_loop()
        # A loop, because another response may extend the time.
        while (left := self._rest_ends - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    @asynccontextmanager
    async def long_turn(self) -> AsyncGenerator[None, None]:
        """Wait for a place for a long request, such as a file.

        Only one long request runs at a time, so that others have a place, too.

        Yields:
            nothing; the request may be sent inside the block.
        """
        async with self._one_long, self.turn():
            yield
