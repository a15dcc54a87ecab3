"""Who may ask an endpoint next: few at once, and nobody while it asked to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

AT_ONCE = 2  # a look makes the service ask EBRAINS three times, and the HPC system
LONGEST_REST = 600.0  # seconds; whatever the service asks for, the view is not left for hours


class Turns:
    """Turns at one endpoint, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._rest_ends = float("-inf")

    def rest(self, seconds: float) -> None:
        """No turn begins before so many seconds have passed."""
        if seconds > 0:  # also false for NaN
            now = asyncio.get_running_loop().time()
            self._rest_ends = max(self._rest_ends, now + min(seconds, LONGEST_REST))

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        async with self._free:
            loop = asyncio.get_running_loop()
            # A loop, for the answer to another's look may ask for more.
            while (left := self._rest_ends - loop.time()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(left)
            yield
