"""Prints a job's stage while waiting for it, and the end of its output if it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from bspsa_widgets.cli.main_loop import CtrlC
from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.cli.render.failure import say_failure
from bspsa_widgets.cli.render.start_check import StartCheck
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.format import format_duration
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.jobs.polling.follow import Poll, follow
from bspsa_widgets.logs.failure import failure_of

log = logging.getLogger(__name__)


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
        self._output.progress(f"{self._words} · {format_duration(spent + 0.01)}")


def _told(look: Poll) -> str:
    if look.is_lost:
        return " ".join(job_messages.lost(look.job))
    trouble = f" ({look.problem})" if look.problem else ""
    return f"{look.job.stage}: {look.job.meaning}{trouble}"


async def followed(
    client: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    output: CommandOutput,
    seen: Callable[[Poll], None],
    check: StartCheck,
) -> Job:
    """Follow a job until it is over, also while the service does not show it.

    Args:
        client: client of the service.
        ref: system, project and id of the job.
        job: the job as last read.
        output: where the command writes.
        seen: called after each poll.
        check: check of the job's start, which prints what prevents it.

    Returns:
        the job at its end.
    """
    shown = JobLine(output)
    looking = asyncio.create_task(check.look(job), name="looking for a job's input")
    try:
        async with aclosing(follow(client, ref, job)) as looks:
            async for look in looks:
                job = look.job
                seen(look)
                shown.show(look)
                check.see(look)
    finally:
        shown.stop()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    await check.end(job)
    return job


async def tell_failure(
    client: ServiceAccountClient, ref: JobRef, job: Job, output: CommandOutput, ctrl_c: CtrlC
) -> None:
    """Print why a job failed and the end of its output; nothing if it cannot be read.

    Args:
        client: client of the service.
        ref: system, project and id of the job.
        job: the job as last read.
        output: where the command writes.
        ctrl_c: a press of Ctrl-C ends the reading.
    """
    reading = asyncio.create_task(failure_of(client, ref, job), name="a job's last words")
    try:
        failure = await ctrl_c.unless(reading)
    except (KeyboardInterrupt, Exception) as error:
        log.debug("the job's output was not read", exc_info=error)
        reading.cancel()
        return
    if failure is not None:
        say_failure(output, failure)
