"""One client's connection: how many there may be, how long a request may be on its way.

The body's own limits are `intake`'s, which knows how much is to come.
"""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS: Final = 300  # of all clients; far below the usual 1,024 open files
HEAD_SECONDS: Final = 15.0  # until a head is complete, from the connection or the last answer


class Connection(H11Protocol):
    """uvicorn's own, but nobody can hold it by sending nothing, or a byte now and then."""

    _deadline: asyncio.TimerHandle | None = None
    _unsent = 0  # bytes of an answer, at the last look

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._expect_head()
        super().on_response_complete()

    def _expect_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            return  # a request is being answered; the next wait begins with its end
        unsent = self.transport.get_write_buffer_size()
        if 0 < unsent != self._unsent:  # a slow reader is still reading
            self._unsent = unsent
            self._expect_head()
        else:
            self.transport.abort()
