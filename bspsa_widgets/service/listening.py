"""The address of the service: a port of the loopback interface only."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bspsa_widgets.errors import LocalServiceError

_ADDRESS = "127.0.0.1"
_NAMES = (_ADDRESS, "localhost")


def service_url(port: int) -> str:
    """Return the base URL without a trailing slash.

    Args:
        port: TCP port.

    Returns:
        The URL.
    """
    return f"http://{_ADDRESS}:{port}"


def allowed_hosts(port: int) -> tuple[str, ...]:
    """Return the exact values of the Host header that are accepted.

    Args:
        port: TCP port.

    Returns:
        The values.
    """
    return tuple(f"{name}:{port}" for name in _NAMES)


@contextmanager
def loopback_socket(port: int) -> Iterator[socket.socket]:
    """Bind a socket on loopback; it is closed at the end of the block.

    Args:
        port: TCP port; 0 for a free one.

    Yields:
        The socket.

    Raises:
        LocalServiceError: the port cannot be used.
    """
    # asyncio sends small responses at once (TCP_NODELAY) only if the protocol is given here.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_ADDRESS, port))
        except (OSError, OverflowError) as error:
            raise LocalServiceError(
                f"Port {port} cannot be used: {getattr(error, 'strerror', None) or error}.",
                advice="Choose another one; 0 takes a free one.",
            ) from error
        yield listener
