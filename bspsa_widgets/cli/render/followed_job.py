"""Prints the state of a job while waiting for it, and the end of its output if it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.cli.render.failure import say_failure
from bspsa_widgets.cli.render.job_line import JobLine
from bspsa_widgets.cli.render.start_check import StartCheck
from bspsa_widgets.cli.waiting import waited
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.jobs.polling.follow import Poll, follow
from bspsa_widgets.logs.failure import failure_of
from bspsa_widgets.runtime.event_loop import background

log = logging.getLogger(__name__)


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


def tell_failure(
    client: ServiceAccountClient, ref: JobRef, job: Job, output: CommandOutput
) -> None:
    """Print why a job failed and the end of its output; nothing if it cannot be read.

    Args:
        client: client of the service.
        ref: system, project and id of the job.
        job: the job as last read.
        output: where the command writes.
    """
    reading = background().run(failure_of(client, ref, job), "a job's last words")
    try:
        failure = waited(reading)
    except (KeyboardInterrupt, Exception) as error:
        log.debug("the job's output was not read", exc_info=error)
        reading.cancel()
        return
    if failure is not None:
        say_failure(output, failure)
