"""On loopback, where small answers leave at once."""

from __future__ import annotations

import asyncio
import socket

import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.listening import allowed_hosts, loopback_socket, service_url


def test_the_socket_is_bound_on_loopback_alone_and_the_address_says_so() -> None:
    with loopback_socket(0) as listener:
        host, port = listener.getsockname()
    assert host == "127.0.0.1"
    assert service_url(port) == f"http://127.0.0.1:{port}"
    assert allowed_hosts(port) == (f"127.0.0.1:{port}", f"localhost:{port}")


def test_an_unusable_port_is_an_error_with_a_message() -> None:
    with loopback_socket(0) as listener:
        listener.listen()
        for port in (listener.getsockname()[1], 70_000):
            with (
                pytest.raises(LocalServiceError, match=f"Port {port} cannot be used: ") as refused,
                loopback_socket(port),
            ):
                pass
            assert refused.value.advice == "Choose another one; 0 takes a free one."


def test_a_small_response_is_sent_at_once() -> None:
    """Held back until the one before is acknowledged, each would take 40 ms."""

    async def main() -> int:
        taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            link = writer.get_extra_info("socket")
            taken.set_result(link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with loopback_socket(0) as listener:
            async with await asyncio.start_server(serve, sock=listener):
                port = listener.getsockname()[1]
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                found = await taken
                writer.close()
                return found

    assert asyncio.run(main())
