"""Who look at their jobs while others submit: a process of its own, which no one else delays.

python -m tests.bench.service_pollers reads what to look at from its standard input, looks until
that is closed, and prints what it took as one JSON line.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bspsa_widgets.service.address import ServiceAddress, find_service
from tests.bench.service_calls import PROJECT, connect, get

ROOT = Path(__file__).parents[2]
PAUSE = 0.2  # seconds after each answer, with 10 % of jitter: the panel's quickest pace


class Pollers:
    """One poller for each job, on a connection that is kept, for as long as the block lasts.

    Attributes:
        times: ms of each read. errors: how many were not answered with the job.
    """

    def __init__(self, address: ServiceAddress, job_ids: Sequence[str]) -> None:
        self._order = json.dumps([str(address.directory), job_ids])
        self.times: list[float] = []
        self.errors = 0

    def __enter__(self) -> Pollers:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.service_pollers"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipe")
        self._process.stdin.write(self._order + "\n")
        self._process.stdin.flush()
        self._process.stdout.readline()  # they have begun
        return self

    def __exit__(self, *_: object) -> None:
        try:
            said, _errors = self._process.communicate(timeout=60)
        finally:
            self._process.kill()
        self.times, self.errors = json.loads(said)


def _main() -> None:
    directory, job_ids = json.loads(sys.stdin.readline())
    address = find_service(directory)
    if address is None:
        raise RuntimeError("no service")
    over, times, errors = threading.Event(), list[float](), list[str]()

    def poll(job_id: str) -> None:
        connection = connect(address)
        while not over.wait(PAUSE * random.uniform(0.9, 1.1)):
            start = time.perf_counter()
            status, content = get(connection, address, f"{PROJECT}{job_id}/")
            times.append((time.perf_counter() - start) * 1000)
            if status != 200 or json.loads(content)["job_id"] != job_id:
                errors.append(job_id)
        connection.close()

    threads = [threading.Thread(target=poll, args=(job_id,)) for job_id in job_ids]
    for thread in threads:
        thread.start()
    print("begun", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps([times, len(errors)]))


if __name__ == "__main__":
    _main()
