"""Whether a job that was sent to Piz Daint can run: said once each, as it becomes known."""

from __future__ import annotations

import asyncio
from typing import Any

from bspsa_widgets.cli.output import Output, line
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Look
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.jobs.input_check import (
    NOTHING,
    Arrival,
    await_arrival,
    check_arrival,
    judge_start,
)


class StartCheck:
    """Looks for the job's input, and tells of a stage READY that does not end.

    Use it on one event loop.

    Args:
        output: where it is said.
        client: of the service that has the job.
        ref: where the job is found.
        archive_name: the zip's, as sent; "" where it is not looked for (only `see` is used).
    """

    def __init__(
        self, output: Output, client: ServiceAccountClient, ref: JobRef, archive_name: str = ""
    ) -> None:
        self._output = output
        self._client = client
        self._ref = ref
        self._name = archive_name
        self._input = NOTHING
        self._start = NOTHING
        self._stage = ""
        self._since = 0.0

    async def look(self, job: Job) -> None:
        """Look for the input, a few times at most."""
        if self._ref.hpc == "pizdaint":
            self._take(await await_arrival(self._client, self._ref, job, self._name))

    def see(self, look: Look) -> None:
        """Take what a look at the job showed, if it showed anything."""
        if look.problem is not None:
            return
        job, now = look.job, asyncio.get_running_loop().time()
        if job.stage != self._stage:
            self._stage, self._since = job.stage, now
        found = judge_start(job, now - self._since)
        if found.state and not self._start.state:
            self._output.say(line(f"Warning: {found.words}"))
        self._start = found

    async def end(self, job: Job) -> None:
        """Look once more at the job's end, where the input was not there before."""
        if job.is_over:
            self._start = NOTHING
        if self._input.state != "arrived":
            self._take(await check_arrival(self._client, self._ref, job, self._name))

    def document(self) -> dict[str, Any]:
        """What is known, for programs."""
        is_first = self._start.state and self._input.state != "missing"
        return (self._start if is_first else self._input)._asdict()

    def _take(self, found: Arrival) -> None:
        if found.words and found.words != self._input.words:
            self._output.say(line(f"Warning: {found.words}"))
        self._input = found
