"""Watch a POST by httpcore's trace events: what was sent, and how the connection must close.

If a connection is closed normally in the middle of a body, the service runs the body as
if it were complete; if it is reset, nothing runs (api.md section 4.5). So until the
last byte is sent, the connection is set to be reset by any close, also by the operating
system's if this process is killed.
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
_RESET, _NORMAL = struct.pack(_LINGER, 1, 0), struct.pack(_LINGER, 0, 0)


class PostGuard:
    """State of one POST on its own connection, updated by httpcore's `trace` events.

    Args:
        limit: time limit of the whole exchange; set when the whole request is sent.
        response_seconds: how long the response may take then.
        on_first_byte: called when the request begins to leave this machine.

    Attributes:
        began: whether the first byte may have been sent.
        is_complete: whether the last byte has been sent.
    """

    def __init__(
        self,
        limit: asyncio.Timeout,
        response_seconds: float,
        on_first_byte: Callable[[], None] | None,
    ) -> None:
        self._limit = limit
        self._response_seconds = response_seconds
        self._on_first_byte = on_first_byte
        self._stream: httpcore.AsyncNetworkStream | None = None
        self.began = False
        self.is_complete = False

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Handle one event; a CONNECT request to a proxy, which comes first, is ignored.

        Args:
            event: name of the event.
            info: values of the event.
        """
        step = event.partition(".")[2]
        if step == "connect_tcp.complete":
            self._stream = info["return_value"]
            self._set_linger(_RESET)
        elif step == "send_request_headers.started" and _is_post(info) and not self.began:
            self.began = True
            if self._on_first_byte:
                self._on_first_byte()
        elif not self.began:
            return
        elif step == "send_request_body.complete":
            self.is_complete = True
            self._set_linger(_NORMAL)
        elif step in ("send_request_headers.failed", "send_request_body.failed"):
            self._broke(info["exception"])
        elif step == "receive_response_headers.started":
            self._limit.reschedule(asyncio.get_running_loop().time() + self._response_seconds)

    def _set_linger(self, how: bytes) -> None:
        raw = self._stream.get_extra_info("socket") if self._stream else None
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, how)

    def _broke(self, error: BaseException) -> None:
        """Reset at once: older versions of anyio end the stream normally before they close."""
        import httpcore  # already loaded; an import at the top would cost each kernel 30 ms

        if isinstance(error, httpcore.WriteError):
            return  # closed by the service; its response may be there and is read next
        # There is no public way from anyio's stream to the transport. If this one no longer
        # works, the following close still resets, because of SO_LINGER.
        stream = getattr(self._stream, "_stream", None)
        transport = getattr(stream, "_transport", None)
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def _is_post(info: dict[str, Any]) -> bool:
    request = info.get("request")
    return request is not None and request.method == b"POST"
