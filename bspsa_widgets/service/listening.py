"""The address of the service: a port of the loopback interface, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bspsa_widgets.errors import LocalServiceError

_ADDRESS = "127.0.0.1"
_NAMES = (_ADDRESS, "localhost")


def service_url(port: int) -> str:
    """Return the base URL without a trailing slash."""
    return f"http://{_ADDRESS}:{port}"


def allowed_hosts(port: int) -> tuple[str, ...]:
    """Return the values of the Host header that are accepted, exactly."""
    return tuple(f"{name}:{port}" for name in _NAMES)


@contextmanager
def loopback_socket(port: int) -> Iterator[socket.socket]:
    """Bind a socket on loopback for as long as the block lasts.

    Args:
        port: TCP port; 0: a free one.

    Raises:
        LocalServiceError: the port cannot be used.
    """
    # asyncio lets small answers leave at once (TCP_NODELAY) only where the protocol is named.
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
