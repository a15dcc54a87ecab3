"""Load on the local service: many submissions at once while others look; very long lists.

What is measured: a service in a process of its own, as `LocalService` starts it, its directory
on the disk. This process submits 1,000 archives, 50 at once. Another one has 20 pollers, each
of whom reads the status of a job of their own all the time at the panel's quickest pace, which
a real panel soon leaves for a slower one. The jobs run meanwhile, two at once, as they do in
real life, and take their part of the processor; those that wait at the end are given up.

Afterwards each job that was answered 201 must be in the list once, and its archive on the disk
have its sha256. The lists are those of a service that was started on a table of 10,000 ended
jobs of one user and project.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from bspsa_widgets.service.address import ServiceAddress, find_service
from bspsa_widgets.service.config.catalogue import find_project
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.service.executors import JobProgress, Phase
from bspsa_widgets.service.storage.job_folder import JobFolder
from bspsa_widgets.service.storage.rows import NewJob
from bspsa_widgets.service.storage.store import Store
from tests.bench.figure import at_most
from tests.bench.service_calls import NAME, PROJECT, Sent, connect, get, submit
from tests.bench.service_pollers import Pollers

JOBS, AT_ONCE, BYTES, POLLERS = 1_000, 50, 100_000, 20
ROWS, LISTS = 10_000, 11
ROUNDS = 3  # each with a service of its own


class Load(NamedTuple):
    """What one service did: ms of each status read, errors, lost jobs, MB of memory."""

    reads: list[float]
    errors: int
    lost: int
    memory: float


def service() -> None:
    """1,000 submissions of 100 KB at 50 at once beside 20 pollers; lists of 10,000 jobs."""
    archives = [_archive(number) for number in range(JOBS)]
    with tempfile.TemporaryDirectory() as place:
        loads = [_load(Path(place) / f"load {number}", archives) for number in range(ROUNDS)]
        at_most("service under load: errors", [load.errors for load in loads], 0, "")
        at_most("service under load: jobs lost", [load.lost for load in loads], 0, "")
        times = [_at(load.reads, 0.99) for load in loads]
        at_most("service under load: status read, p99", times, 50, "ms")
        at_most("service under load: memory, most", [load.memory for load in loads], 200, "MB")
        _long_lists(Path(place) / "long")


def _load(directory: Path, archives: Sequence[bytes]) -> Load:
    with _running(directory) as address:
        watched = [submit(address, archive).job_id for archive in archives[:POLLERS]]
        before = os.getloadavg()[0]
        with Pollers(address, watched) as pollers:
            start = time.perf_counter()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                sent = list(pool.map(lambda archive: submit(address, archive), archives))
            seconds = time.perf_counter() - start
        listed = json.loads(get(connect(address), address, "/jobs/")[1])
        peak = _peak(address)
    ended = sum(job["terminal_stage"] for job in listed)
    print(
        f"{JOBS:,} submissions of 100 KB, {AT_ONCE} at once: {JOBS / seconds:.0f}/s; {ended} jobs"
        f" ended meanwhile; load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    _tell("from submission to 201", [one.taken for one in sent])
    _tell(f"status reads by {POLLERS} pollers", pollers.times)
    errors = sum(one.status != 201 for one in sent) + pollers.errors
    return Load(pollers.times, errors, _lost(directory, sent, listed), peak)


def _lost(directory: Path, sent: Sequence[Sent], listed: Sequence[dict[str, Any]]) -> int:
    """How many of those answered 201 are not in the list once, with their very bytes."""
    times = Counter(job["job_id"] for job in listed)
    taken = [one for one in sent if one.status == 201]
    return sum(times[one.job_id] != 1 or _kept(directory, one) != one.sha256 for one in taken)


def _kept(directory: Path, one: Sent) -> str:
    path = JobFolder(directory / "jobs" / one.job_id, "pizdaint").archive(NAME)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _long_lists(directory: Path) -> None:
    _fill(directory)
    slowest = []
    with _running(directory) as address:
        for path in ("/jobs/", "/jobs/pizdaint/", PROJECT):
            times = [_read_list(address, path) for _ in range(LISTS)]
            at_most(f"{ROWS:,} jobs: GET {path}", times, 200, "ms")
            slowest.append(max(times))
        peak = _peak(address)
    at_most(f"{ROWS:,} jobs: the slowest of all these", [max(slowest)], 200, "ms")
    at_most(f"{ROWS:,} jobs: memory, most", [peak], 200, "MB")


def _read_list(address: ServiceAddress, path: str) -> float:
    """ms."""
    start = time.perf_counter()
    status, content = get(connect(address), address, path)
    taken = (time.perf_counter() - start) * 1000
    if status != 200 or len(json.loads(content)) != ROWS:
        raise RuntimeError(f"{path}: {status}, {len(content)} bytes")
    return taken


def _fill(directory: Path) -> None:
    project = find_project("pizdaint", None)
    if project is None:
        raise RuntimeError("no project")
    directory.mkdir(mode=0o700)
    store = Store(directory)
    store._database.execute("PRAGMA synchronous=OFF")  # 20,000 commits that nothing rests on
    for number in range(ROWS):
        job_id = f"{number:08X}-9E15-4FE3-9F84-0EAEB4CC94AA"
        settings = JobSettings(0.1, 1, 12, f"CA1 fit, number {number}", "python run.py > log.txt")
        job = NewJob(job_id, project, settings, NAME, BYTES, "0" * 64)
        store.add(job)
        store.record(job_id, JobProgress(Phase.SUCCEEDED, 1.0))
    store.close()


@contextmanager
def _running(directory: Path) -> Iterator[ServiceAddress]:
    """A service, of which nothing is left afterwards."""
    with LocalService(directory):
        address = find_service(directory)
        if address is None:
            raise RuntimeError("no service")
        yield address
    for process in psutil.process_iter(["cmdline"]):
        if str(directory) in " ".join(process.info["cmdline"] or ()):
            raise RuntimeError(f"{process} is left")


def _archive(number: int) -> bytes:
    """A zip of bytes that cannot be compressed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("model/data.bin", random.Random(number).randbytes(BYTES - 150))
    return written.getvalue()


def _peak(address: ServiceAddress) -> float:
    """MB that the service's process held at most."""
    for line in Path(f"/proc/{address.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError("VmHWM")


def _tell(what: str, times: Sequence[float]) -> None:
    parts = ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)
    shown = ", ".join(f"{name} {_at(times, part):.1f}" for name, part in parts)
    print(f"{what}: {shown} ms (of {len(times):,})")


def _at(times: Sequence[float], part: float) -> float:
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]
