"""What it costs to follow many jobs, and to list very many."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.jobs.tracker import JobTracker
from bspsa_widgets.widgets.monitor.panel import MonitorPanel
from bspsa_widgets.widgets.monitor.rows import JobRows
from tests.bench.figure import at_most
from tests.faulty_server import FaultyServer, Received, Reply, contract

OPEN, MANY = 100, 10_000
CYCLE = 30.0  # seconds in which each of the open jobs is to be looked at, at the real pace
QUICK_SECONDS, REAL_SECONDS = 12.0, 40.0

_BODY = contract("submit_pizdaint.json")["response"]["body"]


class Cost(NamedTuple):
    """Of a run: requests, jobs in the answers, and seconds of the processor and of the clock."""

    requests: int
    looks: int
    cpu: float
    seconds: float


def monitor() -> None:
    """100 open jobs at the pace of the real service and of a quick one; 10,000 in a list."""
    with _served(OPEN) as url:
        quick = asyncio.run(_polled(url, QUICK_SECONDS, is_here=True))
        real = asyncio.run(_polled(url, REAL_SECONDS, is_here=False))
    look = quick.cpu / max(1, quick.looks)
    at_most("processor time of a look at a job", [look * 1000], 6, "ms")
    at_most(
        f"100 open jobs, {CYCLE:g} s cycle, by looks at a quick pace",
        [100 * look * OPEN / CYCLE],
        2,
        "% of a core",
    )
    at_most("the same, at the real pace", [100 * real.cpu / real.seconds], 2, "% of a core")
    at_most("requests in a cycle", [real.requests * CYCLE / real.seconds], 5, "")
    with _served(MANY) as url:
        times = [asyncio.run(_listed(url)) * 1000 for _ in range(3)]
    at_most("10,000 jobs: from the request for the list to all rows as JSON", times, 5000, "ms")


async def _polled(url: str, seconds: float, *, is_here: bool) -> Cost:
    """The jobs of `url`, followed for so long once they are known."""
    endpoint = Endpoint.parse(url).model_copy(update={"is_loopback": is_here})
    async with ServiceAccountClient(endpoint, "t") as client:
        mine = JobTracker(_always(client))
        running = asyncio.create_task(mine.run())
        await mine.refresh()
        if mine.following != OPEN:
            raise RuntimeError(f"{mine.following} jobs are followed")
        before, cpu, start = await _counts(url), time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        spent, taken = time.process_time() - cpu, time.perf_counter() - start
        requests, looks = (now - then for now, then in zip(await _counts(url), before, strict=True))
        running.cancel()
        await asyncio.wait([running])
    return Cost(requests, looks, spent, taken)


async def _listed(url: str) -> float:
    async with ServiceAccountClient(url, "t") as client:
        mine = JobTracker(_always(client))
        rows = JobRows(MonitorPanel(), mine)
        start = time.perf_counter()
        await mine.refresh()
        answer = await rows.all()
        text = json.dumps(answer)
        taken = time.perf_counter() - start
        await mine.stop()
    if len(answer["rows"]) != MANY or len(text) < MANY:
        raise RuntimeError(f"{len(answer['rows'])} rows")
    return taken


def _always(client: ServiceAccountClient) -> Callable[[], Awaitable[ServiceAccountClient]]:
    async def service() -> ServiceAccountClient:
        return client

    return service


async def _counts(url: str) -> list[int]:
    def ask() -> list[int]:
        with urllib.request.urlopen(f"{url}/count/") as answer:
            return list(json.load(answer))

    return await asyncio.to_thread(ask)


@contextmanager
def _served(jobs: int) -> Iterator[str]:
    """A server in a process of its own: what it costs is not ours."""
    command = [sys.executable, "-m", "tests.bench.monitor", str(jobs)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()


async def _serve(jobs: int) -> None:
    over = {"stage": "SUCCESSFUL", "terminal_stage": True} if jobs == MANY else {}
    rows: dict[str, dict[str, Any]] = {}
    for number in range(jobs):
        job_id = f"{number:08X}-9E15-4FE3-9F84-0EAEB4CC94AA"
        named = {"id": number, "job_id": job_id, "title": f"CA1 fit, number {number}"}
        rows[job_id] = _BODY | {"stage": "RUNNING"} | named | over
    everything = Reply.json(list(rows.values()))
    asked = [0, 0]  # requests, and jobs in the answers

    def answer(request: Received) -> Reply:
        if request.target == "/count/":
            return Reply.json(asked)
        job = rows.get(request.target.strip("/").split("/")[-1])
        asked[0] += 1
        asked[1] += len(rows) if job is None else 1
        return everything if job is None else Reply.json(job)

    async with FaultyServer(answer) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
