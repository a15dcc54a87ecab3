"""A panel with a history, or monitors whose cells run again, in a process of its own.

It prints what that took as one JSON line; the process can be ended where it does not end.

python -m tests.bench.history_run WHAT URL FOLDER
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bspsa_widgets import JobMonitor, JobSubmitter
from bspsa_widgets.records import store as records_module

BEFORE_SUBMIT = 1.0  # seconds in which the panel takes up what was left
MINUTE = 60.0
MONITORS, RUNS, APART = 10, 3, 10.0  # seconds between two runs of the cells


class Counted:
    """A function that counts its calls."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.calls = 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.calls += 1
        return self._function(*arguments, **options)


def panel(url: str, folder: Path) -> dict[str, Any]:
    """A new panel, and a submission a second later."""
    read = Counted(records_module.read_whole)
    load = Counted(records_module.Records.load)
    # In a process of its own: its functions are counted, and nothing else changes.
    records_module.read_whole = read  # type: ignore[assignment]
    records_module.Records.load = lambda self: load(self)  # type: ignore[method-assign]
    cpu, start = time.process_time(), time.perf_counter()
    shown = JobSubmitter(
        folder / "model", endpoint=url, token="t", records=folder / "records", command="true"
    )
    _hear(shown)
    time.sleep(BEFORE_SUBMIT)  # as a user does, who looks at the panel first
    before = time.perf_counter()
    asyncio.run(_submitted(shown))
    submitted = time.perf_counter() - before
    while (left := start + MINUTE - time.perf_counter()) > 0:
        time.sleep(min(left, 30.0))  # a minute of the user's time is what is measured
        _hear(shown)
    spent = time.process_time() - cpu
    return {"submit": submitted, "cpu": spent, "files": read.calls, "loads": load.calls}


async def _submitted(shown: JobSubmitter) -> None:
    await shown.submit()


def monitors(url: str, folder: Path) -> dict[str, Any]:
    """Their cells run three times; the views of the earlier ones go with their output."""
    made: list[JobMonitor] = []
    for _ in range(RUNS):
        for old in made:
            _say(old, "bye", is_gone=True)
        made = [
            JobMonitor(endpoint=url, token="t", records=folder / "records") for _ in range(MONITORS)
        ]
        for shown in made:
            _hear(shown)
        time.sleep(APART)  # cells that are run one after the other
    return {}


def _hear(shown: JobSubmitter | JobMonitor) -> None:
    _say(shown, "hello")


def _say(shown: JobSubmitter | JobMonitor, kind: str, **more: Any) -> None:
    """As a view on a page does."""
    said = {"kind": kind, "id": f"{kind}-{time.monotonic_ns()}", "view": "1"} | more
    shown._requests.on_message(shown, said, None)


if __name__ == "__main__":
    found = {"panel": panel, "monitors": monitors}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
    print(json.dumps(found), flush=True)
