"""Per-endpoint rate limit: at most two requests at a time, none during a Retry-After."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary, WeakValueDictionary

AT_ONCE = 2  # requests; for each, the service asks EBRAINS three times and the HPC system once
LONGEST_PAUSE = 600.0  # seconds; limits a Retry-After of hours, so that the view stays useful


# By event loop, then by the endpoint's URL; dropped when nothing uses them any more.
_rate_limit: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, RateLimit]] = (
    WeakKeyDictionary()
)


class RateLimit:
    """Rate limit of one service; requests are admitted in order. Use `RateLimit.at`."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._first = asyncio.Semaphore(AT_ONCE)
        self._long = asyncio.Lock()
        self._paused_until = float("-inf")

    @classmethod
    def at(cls, url: str) -> RateLimit:
        """Return the rate limit of a service, on the running loop.

        Args:
            url: address of the service.

        Returns:
            the shared rate limit.
        """
        limits = _rate_limit.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        limit = limits.get(url)
        if limit is None:
            limit = limits[url] = cls()
        return limit

    def rest(self, seconds: float) -> None:
        """Admit no request for some time, as the service's Retry-After demands.

        Args:
            seconds: how long, in seconds; at most `LONGEST_PAUSE` is waited.
        """
        if seconds > 0:  # also false for NaN
            now = asyncio.get_running_loop().time()
            self._paused_until = max(self._paused_until, now + min(seconds, LONGEST_PAUSE))

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
            await self.until_allowed()
            yield

    async def until_allowed(self) -> None:
        """Wait until a Retry-After is over."""
        loop = asyncio.get_running_loop()
        # A loop, because another response may extend the time.
        while (left := self._paused_until - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    @asynccontextmanager
    async def long_request(self) -> AsyncGenerator[None, None]:
        """Wait for a place for a long request, such as a file.

        Only one long request runs at a time, so that others have a place, too.

        Yields:
            nothing; the request may be sent inside the block.
        """
        async with self._long, self.turn():
            yield
