"""What a sweep costs: requests, polls of the HPC system, files read, processor time.

Each sweep is sent by a process of its own to a server in another one, so that what is
measured is the sender's. The server counts what the real service would ask the HPC system
for: each list makes it poll every open job of the user (api: a list costs a poll for each).
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bspsa_widgets.batch.submit_many import submit_many
from bspsa_widgets.records.duplicates import admit
from bspsa_widgets.records.store import Records
from tests.bench.figure import at_most
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.records.kept import a_record

SWEEPS = (1, 16, 100)
RECORDS, LAST = 1_000, 20  # records of other files; admissions beside all of them
FILES_READ = 20  # for each job, whatever the number of the others


class Cost(NamedTuple):
    """Of a sweep: what the server counted, files of records that were read, seconds."""

    requests: int
    polls: int
    files: int
    cpu: float
    seconds: float


def sweep() -> bool:
    """Sweeps of 1, 16, 100 jobs to a server; the records alone of one of 1,000."""
    goals = []
    for jobs in SWEEPS:
        cost = Cost(**_child("send", str(jobs)))
        print(
            f"a sweep of {jobs}: {cost.requests} requests, {cost.polls} polls, {cost.files} files "
            f"read, {cost.cpu:.2f} s of the processor, {cost.seconds:.2f} s"
        )
        goals += [
            at_most(f"a sweep of {jobs}: requests", [cost.requests], jobs + 3, ""),
            at_most(f"a sweep of {jobs}: polls of the HPC system", [cost.polls], 0, ""),
            at_most(f"a sweep of {jobs}: files read a job", [cost.files / jobs], FILES_READ, ""),
        ]
    kept = _child("records", str(RECORDS))
    seconds, files, last = kept["seconds"], kept["files"], kept["last"]
    wall = statistics.median(taken for _, taken in last)
    print(
        f"the records of a sweep of {RECORDS:,}: {seconds:.1f} s, {files:,} files read; one more "
        f"takes {wall:.1f} ms, disk and all"
    )
    what = f"a sweep of {RECORDS:,}: "
    goals += [
        at_most(f"{what}files read a job", [files / RECORDS], FILES_READ, ""),
        at_most(f"beside {RECORDS:,} records: one more, CPU", [cpu for cpu, _ in last], 20, "ms"),
    ]
    return all(goals)


def _child(*arguments: str) -> dict[str, Any]:
    """What a process of its own found, with a home of its own."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.sweep", *arguments, place],
            env=os.environ | {"XDG_DATA_HOME": place, "BSPSA_RECORDS": f"{place}/records"},
            stdout=subprocess.PIPE,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class _Reads:
    """Counts the files of records and of the user's index that are read, from now on."""

    def __init__(self, place: str) -> None:
        self.count = 0
        self._places = (f"{place}/records/", f"{place}/bspsa-widgets/")
        sys.addaudithook(self._see)

    def _see(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(details[0], str | os.PathLike):
            is_read = details[2] & (os.O_WRONLY | os.O_RDWR | os.O_DIRECTORY) == 0
            self.count += is_read and os.fspath(details[0]).startswith(self._places)


def _send(jobs: int, place: str) -> dict[str, Any]:
    folder = Path(place, "work", "model")  # what packing reads there is not counted
    folder.mkdir(parents=True)
    (folder / "run.sh").write_text("true\n")
    requests = [
        {"folder": folder, "command": f"./run.sh {number}", "title": f"job {number}"}
        for number in range(jobs)
    ]
    with _served() as url:
        reads = _Reads(place)
        cpu, start = time.process_time(), time.perf_counter()
        found = asyncio.run(submit_many(requests, endpoint=url, token="t"))
        spent, taken = time.process_time() - cpu, time.perf_counter() - start
        counted = _ask(url)
    if [job.outcome for job in found] != ["accepted"] * jobs:
        raise RuntimeError(str({job.words for job in found}))
    return Cost(counted["requests"], counted["polls"], reads.count, spent, taken)._asdict()


def _admit(count: int, place: str) -> dict[str, Any]:
    """So many records, one after the other: milliseconds of each of the last, files, seconds."""
    records, times, began = Records(Path(place) / "records"), [], time.perf_counter()
    reads = _Reads(place)
    for number in range(count + LAST):
        record = a_record(manifest=f"files {number}")
        cpu, start = time.process_time(), time.perf_counter()
        claim = records.claim(record.marker)
        admit(records, record, "ask")
        spent, taken = time.process_time() - cpu, time.perf_counter() - start
        times.append((spent * 1000, taken * 1000))
        if claim is not None:
            claim.release()
    return {
        "last": times[-LAST:],
        "files": reads.count,
        "seconds": time.perf_counter() - began,
    }


@contextmanager
def _served() -> Iterator[str]:
    """A server in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.sweep", "serve"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()


def _ask(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/count/") as answer:
        counted: dict[str, int] = json.load(answer)
    return counted


async def _serve() -> None:
    account, count = Account(), {"requests": 0, "polls": 0}

    def answer(request: Received) -> Reply:
        if request.target == "/count/":
            return Reply.json(count)
        count["requests"] += 1
        parts = request.target.strip("/").split("/")
        if request.method == "GET" and parts[0] == "jobs":
            count["polls"] += 1 if len(parts) == 4 else len(account.jobs)
        return account(request)

    async with FaultyServer(answer) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            asyncio.run(_serve())
        case ["send", jobs, place]:
            print(json.dumps(_send(int(jobs), place)))
        case ["records", count, place]:
            print(json.dumps(_admit(int(count), place)))
