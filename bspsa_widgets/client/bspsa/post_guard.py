"""A POST under way, as httpcore tells of it: what has left, and how it must end.

The service runs a body that ends early as if it were whole, if the connection is closed in
the orderly way; reset in mid-body, it runs nothing (api.md section 4.5). So from the moment
it is open until the last byte is handed over, the connection is set to be reset by any
close, also by the system's own where this process is killed.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpcore

_LINGER = "hh" if sys.platform == "win32" else "ii"
_RESET, _ORDERLY = struct.pack(_LINGER, 1, 0), struct.pack(_LINGER, 0, 0)


class Sending:
    """Listens to one POST on a connection of its own (as httpcore's `trace`).

    Args:
        limit: of the whole exchange; set once the service has all and is to answer.
        answer_seconds: how long it may take to answer then.
        on_first_byte: called when the request begins to leave this machine.

    Attributes:
        began: the first byte may have left. whole: the last one has.
    """

    def __init__(
        self,
        limit: asyncio.Timeout,
        answer_seconds: float,
        on_first_byte: Callable[[], None] | None,
    ) -> None:
        self._limit = limit
        self._answer_seconds = answer_seconds
        self._on_first_byte = on_first_byte
        self._stream: httpcore.AsyncNetworkStream | None = None
        self.began = False
        self.whole = False

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """One event. A proxy is spoken to first, by CONNECT: that is not the beginning."""
        step = event.partition(".")[2]
        if step == "connect_tcp.complete":
            self._stream = info["return_value"]
            self._set_close(_RESET)
        elif step == "send_request_headers.started" and _is_post(info) and not self.began:
            self.began = True
            if self._on_first_byte:
                self._on_first_byte()
        elif not self.began:
            return
        elif step == "send_request_body.complete":
            self.whole = True
            self._set_close(_ORDERLY)
        elif step in ("send_request_headers.failed", "send_request_body.failed"):
            self._broke(info["exception"])
        elif step == "receive_response_headers.started":
            self._limit.reschedule(asyncio.get_running_loop().time() + self._answer_seconds)

    def _set_close(self, how: bytes) -> None:
        raw = self._stream.get_extra_info("socket") if self._stream else None
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, how)

    def _broke(self, error: BaseException) -> None:
        """Reset at once: the close of older anyio sends the orderly end of the stream first."""
        import httpcore  # there by now; at the top it would cost each kernel 30 ms

        if isinstance(error, httpcore.WriteError):
            return  # closed by the service, whose answer may have come and is read next
        # There is no public way from anyio's stream to the transport. Should this one be
        # gone some day, the close that follows still resets, by what was set before.
        stream = getattr(self._stream, "_stream", None)
        transport = getattr(stream, "_transport", None)
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def _is_post(info: dict[str, Any]) -> bool:
    request = info.get("request")
    return request is not None and request.method == b"POST"
