"""Looks at a job until it is over. A look that fails says nothing about the job."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Look
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.jobs.polling.follower import Follower
from bspsa_widgets.jobs.polling.interval import Pace
from bspsa_widgets.jobs.polling.poller import Poller

__all__ = ["Look", "Pace", "follow"]


async def follow(
    client: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    pace: Pace | None = None,
    is_first: Callable[[], bool] = lambda: False,
) -> AsyncGenerator[Look, None]:
    """Looks at a job until it is over; first as last seen, or as given.

    A job that the service does not show any more is not over: it is looked for more and more
    rarely (`Look.is_lost`), and taken up again when it comes back.

    Whoever follows the same job on the same event loop shares the looks.

    Args:
        client: asked only until the generator is closed.
        ref: where it is found. job: as last seen.
        pace: None for one that suits the endpoint. Where many jobs are followed, it is slower.
        is_first: whether somebody waits to see the job: it goes before others then.
    """
    if job.terminal_stage:
        yield Look(job, datetime.now(UTC))
        return
    follower = Follower(client, pace or Pace.for_client(client), is_first)
    poller = Poller.of(client)
    watch = poller.join(follower, ref, job)
    try:
        while (look := await follower.next()) is not None:
            yield look
    finally:
        await poller.leave(follower, watch)
