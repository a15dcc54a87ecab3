"""Reads the end of a failed job's output and searches it for the cause."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.causes import Cause, find_cause
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.terminal.text import plain
from bspsa_widgets.logs.follow import LINES, LogSnapshot, read_log


class Failure(NamedTuple):
    """End of a failed job's output.

    Attributes:
        cause: why the job failed; None if its output does not show it.
        stderr: last lines of the standard error.
        stdout: last lines of the standard output.
    """

    cause: Cause | None
    stderr: LogSnapshot
    stdout: LogSnapshot


async def failure_of(
    service: ServiceAccountClient, ref: JobRef, job: Job, *, lines: int = LINES
) -> Failure | None:
    """Return the last lines of both streams, and the cause, of a failed job.

    If a stream cannot be read, its `problem` says so.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        job: the job as last read.
        lines: how many lines of each stream.

    Returns:
        None if the job is not known to have failed.
    """
    if job.outcome != "failed":
        return None
    stderr = await read_log(service, ref, job, "stderr", lines=lines)
    stdout = await read_log(service, ref, job, "stdout", lines=lines)
    cause = await asyncio.to_thread(find_cause, job, plain(stderr.lines), plain(stdout.lines))
    return Failure(cause, stderr, stdout)
