"""What a failed job printed at its end, and why it failed, where that tells."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.causes import Cause, find_cause
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.terminal.text import plain
from bspsa_widgets.logs.follow import LINES, LogLook, read_log


class Failure(NamedTuple):
    """A failed job's end. `cause`: None where its output does not tell it."""

    cause: Cause | None
    stderr: LogLook
    stdout: LogLook


async def failure_of(
    service: ServiceAccountClient, ref: JobRef, job: Job, *, lines: int = LINES
) -> Failure | None:
    """Read the ends of both streams; None for a job that is not known to have failed.

    A stream that could not be read says so in its `problem`.
    """
    if job.outcome != "failed":
        return None
    stderr = await read_log(service, ref, job, "stderr", lines=lines)
    stdout = await read_log(service, ref, job, "stdout", lines=lines)
    cause = await asyncio.to_thread(find_cause, job, plain(stderr.lines), plain(stdout.lines))
    return Failure(cause, stderr, stdout)
