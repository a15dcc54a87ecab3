"""The server of the tests ends whole: no connection is left half taken."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import httpx
import pytest

from tests.faulty_server import FaultyServer, Received, Reply, run


@pytest.mark.parametrize("turns", range(10))
def test_a_connection_that_is_taken_at_the_very_end_is_ended_with_the_server(turns: int) -> None:
    """`turns` of the loop after the connection is there, whichever step it is at by then."""

    async def main() -> list[socket.socket]:
        async with FaultyServer(lambda _: Reply.json([])) as server:
            address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
            clients = [socket.create_connection(address) for _ in range(5)]
            for _ in range(turns):
                await asyncio.sleep(0)
        assert not server.is_used
        return clients

    for client in run(main()):
        with client:
            client.settimeout(5)
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""


def test_its_answers_leave_at_once() -> None:
    """As those of the real service do: nothing that is timed waits for the network's own clock."""

    async def main() -> list[int]:
        links: list[socket.socket] = []

        async def answer(_: Received) -> Reply:
            links.extend(writer.get_extra_info("socket") for writer in server._writers)
            return Reply.json([])

        async with FaultyServer(answer) as server, httpx.AsyncClient() as client:
            await client.get(server.url)
            return [link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for link in links]

    assert run(main()) == [1]
