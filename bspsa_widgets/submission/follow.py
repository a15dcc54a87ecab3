"""Looks at a job until it is over. A look that fails says nothing about the job."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import NamedTuple

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotFound

log = logging.getLogger(__name__)

LOOKS_BEFORE_GONE = 3  # one 404 from upstream may be a blip


class Pace(NamedTuple):
    """Seconds between looks: from `first`, growing by `factor`, to `longest`.

    Each look costs the real service three calls to EBRAINS and one to the HPC system.
    """

    first: float = 2.0
    factor: float = 1.3
    longest: float = 30.0

    @classmethod
    def for_client(cls, client: ServiceAccountClient) -> Pace:
        return cls(0.2, 1.2, 2.0) if client.endpoint.is_loopback else cls()

    def seconds(self, looks: int) -> float:
        """Before the look after `looks` looks; with 10 % of jitter, so that views spread."""
        plain = min(self.first * self.factor ** min(looks, 100), self.longest)
        return plain * random.uniform(0.9, 1.1)  # noqa: S311  (no secret depends on it)


class Look(NamedTuple):
    """What was seen: the job as last known, when that was true, and what went wrong since."""

    job: Job
    at: datetime
    problem: BspsaError | None = None


async def follow(
    client: ServiceAccountClient, ref: JobRef, job: Job, pace: Pace | None = None
) -> AsyncGenerator[Look, None]:
    """Looks at a job, first as given, until it is over or known to be gone.

    Args:
        ref: where it is found. job: as last seen.
        pace: None for one that suits the endpoint.
    """
    pace = pace or Pace.for_client(client)
    seen = Look(job, datetime.now(UTC))
    yield seen
    looks = missing = ends = 0
    while True:
        # Neither of the stages that end a job without `terminal_stage` is sure at once.
        ends = ends + 1 if seen.job.is_over and not seen.problem else 0
        if ends and (seen.job.terminal_stage or ends > 1):
            return
        await asyncio.sleep(pace.seconds(looks))
        looks += 1
        try:
            fresh = await client.job(ref)
        except BspsaError as error:
            log.info("a look at job %s failed: %s", ref.job_id, type(error).__name__)
            seen = seen._replace(problem=error)
            missing = missing + 1 if isinstance(error, NotFound) else 0
        else:
            if fresh.stage != seen.job.stage:
                looks = 0  # things are moving: look closely again
            seen = Look(fresh, datetime.now(UTC))
            missing = 0
        yield seen
        if missing >= LOOKS_BEFORE_GONE:
            return
