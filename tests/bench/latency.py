"""How long a small answer of the local service takes on a kept connection.

It is set against a server in a process of its own that does nothing but answer: what the network
and the machine take, both have. They are asked in turn, so that both meet the same load.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.service.address import ServiceAddress, find_service
from bspsa_widgets.service.embedded import LocalService
from tests.bench.figure import at_most
from tests.bench.service_calls import PROJECT, connect, get, submit
from tests.faulty_server import contract

ROUNDS, ANSWERS, FILES = 11, 40, 400
_COMMAND = f"for n in $(seq {FILES}); do echo $n > out-$n.txt; done"


class _Asked(NamedTuple):
    """A server, and a connection to it that is kept."""

    address: ServiceAddress
    connection: HTTPConnection

    def read(self, path: str) -> bytes:
        status, content = get(self.connection, self.address, path)
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
        return content

    def typical(self, path: str) -> float:
        """ms of an answer."""
        times = []
        for _ in range(ANSWERS):
            start = time.perf_counter()
            self.read(path)
            times.append((time.perf_counter() - start) * 1000)
        return statistics.median(times)


def latency() -> None:
    """A job's status, and a job's small files, each on one connection."""
    with (
        tempfile.TemporaryDirectory() as place,
        _bare() as bare,
        LocalService(Path(place) / "service") as service,
    ):
        address = find_service(service.directory)
        if address is None:
            raise RuntimeError("no service")
        job_id = submit(address, b"PK", _COMMAND).job_id
        ours = _Asked(address, connect(address))
        path = f"{PROJECT}{job_id}/"
        while not json.loads(ours.read(path))["terminal_stage"]:
            time.sleep(0.1)
        times = [(ours.typical(path), bare.typical("/")) for _ in range(ROUNDS)]
        seconds = _read_files(ours, path.replace("jobs", "files", 1))
    ratios = [mine / its for mine, its in times]
    at_most("reading a job of the local service, against a bare server", ratios, 30, "×")
    at_most("the same", [mine for mine, _ in times], 10, "ms")
    at_most(f"reading {FILES} small files of it", [seconds], 5, "s")


def _read_files(asked: _Asked, folder: str) -> float:
    """Seconds."""
    names = [name for name in json.loads(asked.read(folder)) if "/out-" in name]
    if len(names) != FILES:
        raise RuntimeError(f"{len(names)} files")
    start = time.perf_counter()
    for name in names:
        asked.read(f"{folder}{name.removeprefix('/')}/")
    return time.perf_counter() - start


@contextmanager
def _bare() -> Iterator[_Asked]:
    command = [sys.executable, "-m", "tests.bench.latency"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            address = ServiceAddress(url, "t", server.pid, "", Path())
            yield _Asked(address, connect(address))
        finally:
            server.kill()


async def _serve() -> None:
    body = json.dumps(contract("submit_pizdaint.json")["response"]["body"]).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head + body)
            await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
