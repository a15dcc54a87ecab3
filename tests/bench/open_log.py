"""What an open log sends to the page, against what the job prints meanwhile."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.service.address import find_service
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.monitor.open_log import OpenLog
from tests.bench.figure import at_most
from tests.bench.service_calls import submit

SECONDS, LINES = 30.0, 1_000
_LINE = "step %.0f: some sixty bytes, as a simulation prints them ......."
# 20 kB a second, a hundred lines at a time.
_COMMAND = f"for i in $(seq 2000); do seq -f '{_LINE}' 100; sleep 0.35; done"


class _Counting(Panel):
    """Knows how many bytes of JSON it has sent to its view."""

    def __init__(self) -> None:
        self._sent = self._messages = 0
        super().__init__()

    def send(self, content: Any, buffers: Any = None) -> None:
        self._sent += len(json.dumps(content, ensure_ascii=False).encode())
        self._messages += 1


def log() -> None:
    """A log of 1,000 lines, open in a monitor while its job prints 20 kB a second."""
    with tempfile.TemporaryDirectory() as place, LocalService(Path(place) / "service") as service:
        address = find_service(service.directory)
        if address is None:
            raise RuntimeError("no service")
        job_id = submit(address, b"PK", _COMMAND).job_id
        ref = JobRef("pizdaint", "bsp_pizdaint_01", job_id)
        panel = _Counting()
        watching = _watch(panel, ServiceAccountClient(address.url, address.token), ref)
        printed = background().run(watching, "watching a log").result()
        print(
            f"an open log: {printed / SECONDS:,.0f} bytes printed a second, "
            f"{panel._sent / SECONDS:,.0f} sent to the page, in {panel._messages} messages"
        )
        ratio = panel._sent / printed
        at_most("an open log: bytes to the page, against bytes printed", [ratio], 2, "×")


async def _watch(panel: _Counting, client: ServiceAccountClient, ref: JobRef) -> int:
    """Bytes printed meanwhile."""
    async with client:
        job = await client.job(ref)
        while job.stage != "RUNNING":
            await asyncio.sleep(0.1)
            job = await client.job(ref)
        await asyncio.sleep(2)  # until there are more lines than are shown
        held = OwnedTasks()
        opened = OpenLog(panel, held)
        first = await opened.open(client, TrackedJob(ref, job), "stdout", LINES, whole=False)
        panel._sent = panel._messages = 0
        await asyncio.sleep(SECONDS)
        last = await opened.open(client, TrackedJob(ref, job), "stdout", 1, whole=False)
        await held.cancel()
        return int(last["size"]) - int(first["size"])
