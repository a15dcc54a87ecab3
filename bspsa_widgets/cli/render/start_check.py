"""Checks whether a job that was sent to Piz Daint can start, and prints problems once."""

from __future__ import annotations

import asyncio
from typing import Any

from bspsa_widgets.cli.output import CommandOutput, line
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.jobs.input_check import (
    NOTHING,
    InputCheck,
    await_input,
    check_input,
    judge_start,
)


class StartCheck:
    """Checks the job's input, and reports a job that stays in READY.

    Use it on one event loop.

    Args:
        output: where problems are printed.
        client: client of the service that has the job.
        ref: system, project and id of the job.
        archive_name: file name of the zip as sent; "" if the input is not checked (only `see`).
    """

    def __init__(
        self,
        output: CommandOutput,
        client: ServiceAccountClient,
        ref: JobRef,
        archive_name: str = "",
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
        """Check the input, repeatedly for a limited time.

        Args:
            job: the job as last read.
        """
        if self._ref.hpc == "pizdaint":
            self._take(await await_input(self._client, self._ref, job, self._name))

    def see(self, look: Poll) -> None:
        """Take the result of a poll, if it succeeded.

        Args:
            look: result of the last poll.
        """
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
        """Check the input once more at the job's end, if it was not found before.

        Args:
            job: the job as last read.
        """
        if job.is_over:
            self._start = NOTHING
        if self._input.state != "arrived":
            self._take(await check_input(self._client, self._ref, job, self._name))

    def document(self) -> dict[str, Any]:
        """Return the result for programs.

        Returns:
            the document.
        """
        is_first = self._start.state and self._input.state != "missing"
        return (self._start if is_first else self._input)._asdict()

    def _take(self, found: InputCheck) -> None:
        if found.words and found.words != self._input.words:
            self._output.say(line(f"Warning: {found.words}"))
        self._input = found
