"""How long a small answer of the local service takes on a kept connection.

It is set against a server in a process of its own that does nothing but answer: what the network
and the machine take, both have. They are asked in turn, so that both meet the same load.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bspsa_widgets.service.embedded import LocalService
from tests.bench.figure import at_most
from tests.bench.service_calls import PROJECT
from tests.faulty_server import contract

ROUNDS, ANSWERS = 11, 40
_FILES = 400


class _Asked(NamedTuple):
    """A connection that is kept, what it asks for, and the status that it is to see."""

    connection: http.client.HTTPConnection
    path: str
    token: str = "t"

    def read(self) -> bytes:
        self.connection.request("GET", self.path, headers={"Authorization": f"Bearer {self.token}"})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self.path}: {answer.status}")
        return content

    def times(self, count: int) -> list[float]:
        """ms of each answer."""
        found = []
        for _ in range(count):
            start = time.perf_counter()
            self.read()
            found.append((time.perf_counter() - start) * 1000)
        return found


def latency() -> None:
    """A job's status, and a job's small files, each on one connection."""
    ratios, taken = [], list[float]()
    with (
        tempfile.TemporaryDirectory() as place,
        _bare() as bare,
        LocalService(Path(place) / "service") as service,
    ):
        job_id = _job(service)
        job = _asked(service.url, f"{PROJECT}{job_id}/", service.token())
        for _ in range(ROUNDS):
            times = job.times(ANSWERS)
            taken += times
            ratios.append(statistics.median(times) / statistics.median(bare.times(ANSWERS)))
        seconds = _read_files(job, job_id)
    at_most("reading a job of the local service, against a bare server", ratios, 20, "×")
    at_most("the same", taken, 10, "ms")
    at_most(f"reading {_FILES} small files of it", [seconds], 5, "s")


def _job(service: LocalService) -> str:
    """A job that is over, and has files."""
    payload = {"node_number": "1", "core_number": "1", "runtime": "0.1", "title": "files"}
    command = f"for n in $(seq {_FILES}); do echo $n > out-$n.txt; done"
    headers = {
        "Authorization": f"Bearer {service.token()}",
        "Content-Type": "application/zip",
        "Content-Disposition": "attachment; filename=model.zip",
        "Payload": json.dumps(payload | {"command": command}),
    }
    parts = urlsplit(service.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("POST", PROJECT, b"PK", headers)
    job_id = str(json.loads(connection.getresponse().read())["job_id"])
    connection.close()
    job = _asked(service.url, f"{PROJECT}{job_id}/", service.token())
    while not json.loads(job.read())["terminal_stage"]:
        time.sleep(0.1)
    return job_id


def _read_files(job: _Asked, job_id: str) -> float:
    """Seconds."""
    where = f"/files/{PROJECT.removeprefix('/jobs/')}{job_id}/"
    names = [name for name in json.loads(job._replace(path=where).read()) if "/out-" in name]
    if len(names) != _FILES:
        raise RuntimeError(f"{len(names)} files")
    start = time.perf_counter()
    for name in names:
        job._replace(path=f"{where}{name.removeprefix('/')}/").read()
    return time.perf_counter() - start


def _asked(url: str, path: str, token: str) -> _Asked:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    return _Asked(connection, path, token)


@contextmanager
def _bare() -> Iterator[_Asked]:
    command = [sys.executable, "-m", "tests.bench.latency"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield _asked(server.stdout.readline().strip(), "/", "t")
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
