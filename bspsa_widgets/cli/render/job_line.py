"""Progress line with a job's stage and how long it has lasted."""

from __future__ import annotations

import asyncio

from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.durations import lasting


class JobLine:
    """Counts the time in a stage on a terminal; otherwise prints one line for each stage.

    Use it on one event loop.

    Args:
        output: where the command writes.
    """

    def __init__(self, output: CommandOutput) -> None:
        self._output = output
        self._counting: asyncio.Task[None] | None = None
        self._stage = ""
        self._since = 0.0
        self._words = ""

    def show(self, look: Poll) -> None:
        """Show the result of a poll.

        Args:
            look: result of the last poll.
        """
        loop = asyncio.get_running_loop()
        job = look.job
        stage = "" if look.is_lost else job.stage
        if stage != self._stage:
            self._stage, self._since = stage, loop.time()
        self._words = _told(look)
        if not self._output.is_live:
            self._output.progress(self._words)
        elif self._counting is None:
            self._counting = asyncio.create_task(self._count(), name="a job's time")
        else:
            self._tell()

    def stop(self) -> None:
        """Stop counting; the job is over or not followed any more."""
        if self._counting is not None:
            self._tell()
            self._counting.cancel()
            self._counting = None

    async def _count(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._tell()
            await asyncio.sleep(1 - (loop.time() - self._since) % 1)

    def _tell(self) -> None:
        spent = asyncio.get_running_loop().time() - self._since
        # A timer may fire some milliseconds early and would show the same second twice.
        self._output.progress(f"{self._words} · {lasting(spent + 0.01)}")


def _told(look: Poll) -> str:
    if look.is_lost:
        return " ".join(job_messages.lost(look.job))
    trouble = f" ({look.problem})" if look.problem else ""
    return f"{look.job.stage}: {look.job.meaning}{trouble}"
