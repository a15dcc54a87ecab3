"""Uploading beside curl, to a sink on loopback that reads all and answers 201."""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.bench.figure import at_most, reached
from tests.bench.packing_run import memory, ticks

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
ROUNDS = 7
SMALL, LARGE = 400 * MIB, 2048 * MIB


def upload() -> None:
    """400 MB in turn with curl, then 2 GB for memory; about a minute."""
    with tempfile.TemporaryDirectory() as place, _Sink() as sink:
        curl: list[float] = []
        rounds: list[dict[str, Any]] = []
        path = Path(place) / "archive.zip"
        _fill(path, SMALL)
        for _ in range(ROUNDS):
            if shutil.which("curl"):
                curl.append(_curl(path, sink.port))
            rounds.append(_ours(path, sink.port))
        ours = [one["rate"] for one in rounds]
        if curl:
            ratios = [our / its for our, its in zip(ours, curl, strict=True)]
            reached("upload of 400 MB: throughput against curl's", ratios, 0.8, "×")
        print(f"upload of 400 MB: {statistics.median(ours):.0f} MB/s")
        for number, (what, goal) in enumerate((("p99", 5.0), ("max", 30.0))):
            more = [one["busy"][number] - one["idle"][number] for one in rounds]
            at_most(f"upload: kernel loop's lag, {what}, beyond rest", more, goal, "ms")
        _fill(path, LARGE)
        large = _ours(path, sink.port)
        at_most("upload of 2 GB: more memory", [large["memory"]], 8, "MiB")
        print(f"upload of 2 GB: {large['rate']:.0f} MB/s; {large['told']} tellings of progress")


def _fill(path: Path, size: int) -> None:
    """Not sparse: pages of holes are read faster than those of a file."""
    piece = bytes(range(256)) * (MIB // 256)
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(piece)


def _curl(path: Path, port: int) -> float:
    """MB/s."""
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{speed_upload}", "-X", "POST"]
    command += ["-H", "Expect:", "-T", str(path), f"http://127.0.0.1:{port}/"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout) / 1e6


def _ours(path: Path, port: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.upload", str(path), str(port)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class _Sink:
    """A server process that throws everything away."""

    def __enter__(self) -> _Sink:
        command = [sys.executable, "-c", _SERVER]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if self._process.stdout is None:
            raise RuntimeError("no pipe")
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with self._process:
            pass


_SERVER = """
import re, socket, threading
ANSWER = b'{"id": 1, "job_id": "X", "stage": "QUEUED"}'
HEAD = b"HTTP/1.1 201 Created\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\n"
def serve(peer):
    with peer:
        head = b""
        while b"\\r\\n\\r\\n" not in head:
            head += peer.recv(65536)
        head, _, rest = head.partition(b"\\r\\n\\r\\n")
        left = int(re.search(rb"content-length: (\\d+)", head, re.I)[1]) - len(rest)
        buffer = bytearray(1 << 20)
        while left > 0 and (read := peer.recv_into(buffer)):
            left -= read
        peer.sendall(HEAD + b"Content-Length: %d\\r\\n\\r\\n" % len(ANSWER) + ANSWER)
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""


def _measure(path: Path, port: int) -> dict[str, Any]:
    """One upload on a loop in the background, as in a kernel, whose own loop ticks beside."""
    from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
    from bspsa_widgets.domain.archive import Archive, SealedArchive
    from bspsa_widgets.domain.payload import JobRequest
    from bspsa_widgets.packaging.seal import seal

    request = JobRequest(hpc="pizdaint", command="true", node_number=1, core_number=1, runtime=1)
    told: list[float] = []
    taken: list[float] = []

    def sealed(path: Path) -> SealedArchive:
        size = path.stat().st_size
        return seal(Archive(name="a.zip", path=path, size=size, folder="a", files=1))

    async def send(archive: SealedArchive) -> None:
        client = ServiceAccountClient(f"http://127.0.0.1:{port}", token="t")
        began: list[float] = []
        await client.submit(
            request,
            archive,
            progress=lambda *_: told.append(time.perf_counter()),
            on_first_byte=lambda: began.append(time.perf_counter()),
        )
        taken.append(time.perf_counter() - began[0])
        await client.aclose()

    async def kernel(archive: SealedArchive) -> tuple[list[float], list[float]]:
        idle = await ticks(asyncio.sleep(1))
        thread = threading.Thread(target=lambda: asyncio.run(send(archive)))
        thread.start()
        return idle, await ticks(asyncio.to_thread(thread.join))

    small = path.with_suffix(".small")
    small.write_bytes(bytes(MIB))
    asyncio.run(kernel(sealed(small)))  # what is loaded is loaded
    archive = sealed(path)
    told.clear()
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    idle, busy = asyncio.run(kernel(archive))
    return {
        "rate": archive.size / taken[-1] / 1e6,
        "memory": memory("VmHWM") - before,
        "idle": idle,
        "busy": busy,
        "told": len(told),
    }


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), int(sys.argv[2]))))
