"""The connections of clients: their number, and the time that the head of a request may take.

The time limits of a body are in `submission`, which knows the body's length.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS: Final = 300  # of all clients; far below the usual 1,024 open files
HEAD_SECONDS: Final = 15.0  # until a head is complete, from the connection or the last answer
LINGER_SECONDS: Final = 2.0  # for a client to read its answer while it is still sending


class HttpConnection(H11Protocol):
    """An HTTP connection with time limits and a delayed close.

    Idle and very slow clients are disconnected. After a refusal the rest of the request is still
    read for a while: closing a socket with unread data resets it, and a client that is still
    sending its body would lose the response.

    Attributes:
        is_lingering: whether the response was sent, and what still arrives is discarded.
    """

    _deadline: asyncio.TimerHandle | None = None
    _unsent = 0  # bytes of a response that were not sent yet at the last check
    is_lingering = False  # whether the response was sent; further data is discarded

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a new connection; close it at once if there are too many.

        Args:
            transport: the connection's transport.
        """
        lingering = _LingeringTransport(transport, self)
        super().connection_made(lingering)  # type: ignore[arg-type]  # it hands on the rest
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer of a connection that has ended.

        Args:
            exc: the reason; None after a normal end.
        """
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse data of the client, or discard it after the response to its last request.

        Args:
            data: the bytes received.
        """
        if not self.is_lingering:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Refuse invalid data, unless it follows a complete request that is still being answered.

        The client would take the 400 for the response to that request, and its job for refused.

        Args:
            msg: body of the response.
        """
        cycle = self.cycle
        if cycle is None or cycle.more_body or cycle.response_complete:
            super().send_400_response(msg)

    def linger(self, transport: asyncio.Transport) -> None:
        """Close the sending side only; the connection ends with the client's end or after a delay.

        Args:
            transport: the connection's transport.
        """
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
        return self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    def on_response_complete(self) -> None:
        """Start the timer for the next request's head."""
        if not self.is_lingering:
            self._expect_head()
        super().on_response_complete()

    def _expect_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            return  # a request is being answered; the next wait begins with its end
        unsent = self.transport.get_write_buffer_size()
        if 0 < unsent != self._unsent:  # a slow reader is still reading
            self._unsent = unsent
            self._expect_head()
        else:
            self.transport.abort()


class _LingeringTransport:
    """A transport whose `close` calls `HttpConnection.linger` while a request is still arriving."""

    def __init__(self, transport: asyncio.Transport, connection: HttpConnection) -> None:
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
