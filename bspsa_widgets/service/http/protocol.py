"""One client's connection: how many there may be, how long a request may be on its way.

The body's own limits are `intake`'s, which knows how much is to come.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS: Final = 300  # of all clients; far below the usual 1,024 open files
HEAD_SECONDS: Final = 15.0  # until a head is complete, from the connection or the last answer
LINGER_SECONDS: Final = 2.0  # for a client to read its answer while it is still sending


class Connection(H11Protocol):
    """uvicorn's own, but nobody can hold it by sending nothing, or a byte now and then.

    And a refusal arrives: a socket that is closed before all was read from it takes back what
    it has sent, and a client in the middle of its body would not know what became of it.
    """

    _deadline: asyncio.TimerHandle | None = None
    _unsent = 0  # bytes of an answer, at the last look
    _has_excess = False  # more came than the request was said to hold
    is_lingering = False  # all is said; what still comes is read, and forgotten

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        lasting = _LingeringTransport(transport, self)
        super().connection_made(lasting)  # type: ignore[arg-type]  # it hands on the rest
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.is_lingering:
            return
        if self.conn.their_state is h11.MUST_CLOSE:
            # Behind a last request there is none: a 400 to that would be taken for its answer.
            self._has_excess = True
        else:
            super().data_received(data)

    def linger(self, transport: asyncio.Transport) -> None:
        """Instead of closing at once; ends with the client's own end, or soon."""
        self.is_lingering = True
        self.flow.resume_reading()
        if transport.can_write_eof():
            transport.write_eof()
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(LINGER_SECONDS, transport.abort)

    @property
    def is_unread(self) -> bool:
        """Whether the client may still be sending a request."""
        return self._has_excess or self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    def on_response_complete(self) -> None:
        if not self.is_lingering:
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


class _LingeringTransport:
    """A transport that is closed by `Connection.linger` while a request is on its way."""

    def __init__(self, transport: asyncio.Transport, connection: Connection) -> None:
        self._transport = transport
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        return self._connection.is_lingering or self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing():
            return
        if self._connection.is_unread:
            self._connection.linger(self._transport)
        else:
            self._transport.close()
