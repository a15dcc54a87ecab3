"""What a folder of many records costs the next panel, and cells that run again their monitors."""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bspsa_widgets.records.file_cache import TICK_SECONDS
from bspsa_widgets.records.index import SubmissionIndex
from bspsa_widgets.records.store import Records
from tests.bench.figure import at_most
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.records.kept import a_job, a_record

COUNTS = (100, 300, 1_000)
MOST_SECONDS = 170.0  # of a run; one that takes longer is ended
DONE = {"stage": "SUCCESSFUL", "terminal_stage": True, "failed": False}


def history() -> bool:
    """Panels with accepted records, whose jobs go on or have ended; monitors that run again."""
    met = [_panel(count, **how) for count in COUNTS for how in ({}, DONE)]
    return all([*met, _monitors()])


def _panel(count: int, **how: Any) -> bool:
    state = "have ended" if how else "go on"
    with _prepared(count, **how) as (url, folder):
        cost = _run("panel", url, folder)
        cost |= _told(url)
    print(f"{count:,} accepted records whose jobs {state}; a panel's first minute:")
    if "submit" not in cost:
        print(f"  it had not ended after {MOST_SECONDS:g} s: MISSED ({cost})")
        return False
    goals: dict[str, tuple[str, float, str]] = {
        "submit": ("submit()", 1.0, "s"),
        "first_look": ("the new job is first looked at after", 3.0, "s"),
        "requests": ("requests", 120, ""),
        "loads": ("readings of the records' folder", 10, ""),
        "files": ("files read for them", (4 if how else 1) * count + 50, ""),
        "cpu": ("processor time", 2.0 + count * (0.01 if how else 0.005), "s"),
    }
    return all(
        [
            at_most(f"  {what}", [cost.get(key, math.inf)], *goal)
            for key, (what, *goal) in goals.items()
        ]
    )


def _monitors() -> bool:
    with _prepared(0) as (url, folder):
        _run("monitors", url, folder)
        lists = _told(url)["lists"]
    return at_most("ten monitors whose cells run three times in 30 s: lists", [lists], 4, "")


def _run(what: str, url: str, folder: Path) -> dict[str, Any]:
    homes = {f"XDG_{name}_HOME": str(folder / "home") for name in ("DATA", "STATE", "CACHE")}
    command = [sys.executable, "-m", "tests.bench.history_run", what, url, str(folder)]
    try:
        said = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            env=os.environ | homes,
            timeout=MOST_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return {}
    return dict(json.loads(said.stdout))


def _told(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/count/") as answer:
        return dict(json.load(answer))


@contextmanager
def _prepared(count: int, **how: Any) -> Iterator[tuple[str, Path]]:
    """A service in a process of its own, and what earlier submissions have left."""
    command = [sys.executable, "-m", "tests.bench.history"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "model").mkdir()
            (folder / "model" / "run.sh").write_text("true\n")
            server.stdin.write(json.dumps([job | how for job in _left(url, folder, count)]) + "\n")
            server.stdin.flush()
            time.sleep(TICK_SECONDS)  # they are of an earlier day
            yield url, folder
    finally:
        server.kill()
        server.wait()


def _left(url: str, folder: Path, count: int) -> Iterator[dict[str, Any]]:
    records = Records(folder / "records", SubmissionIndex(folder / "index"))
    for number in range(1, count + 1):
        record = a_record("accepted", url)
        records.like(record)  # as the guard of each submission did
        job = a_job(record, number, stage="RUNNING")
        records.save(record.moved("accepted", job=job))
        yield job


class _Service:
    """An account, and what was asked of it."""

    def __init__(self) -> None:
        self._account = Account()
        self._asked = {"requests": 0, "lists": 0}
        self._by_id: dict[str, dict[str, Any]] = {}
        self._sent: dict[str, float] = {}

    def fill(self, jobs: list[dict[str, Any]]) -> None:
        self._account.jobs += jobs
        self._by_id = {job["job_id"]: job for job in jobs}

    def __call__(self, request: Received) -> Reply:
        if request.target == "/count/":
            return Reply.json(self._asked)
        self._asked["requests"] += 1
        wanted = request.target.strip("/").split("/")
        is_list = request.method == "GET" and wanted[0] == "jobs" and len(wanted) < 4
        self._asked["lists"] += is_list
        if request.method == "GET" and wanted[0] == "jobs":
            self._note_look(wanted[-1], is_list=is_list)
            if wanted[-1] in self._by_id:
                return Reply.json(self._by_id[wanted[-1]])
        reply = self._account(request)
        if request.method == "POST":
            self._account.jobs[-1] |= {"stage": "RUNNING"}
            self._sent[self._account.jobs[-1]["job_id"]] = time.monotonic()
        return reply

    def _note_look(self, job_id: str, *, is_list: bool) -> None:
        for sent in list(self._sent) if is_list else [job_id] if job_id in self._sent else []:
            self._asked["first_look"] = time.monotonic() - self._sent.pop(sent)


async def _serve() -> None:
    service = _Service()
    async with FaultyServer(service) as server:
        print(server.url, flush=True)
        service.fill(json.loads(await asyncio.to_thread(sys.stdin.readline)))
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
