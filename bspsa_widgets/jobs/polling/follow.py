"""Follows one job until it is over."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.jobs.polling.interval import PollInterval
from bspsa_widgets.jobs.polling.poller import Poller
from bspsa_widgets.jobs.polling.watch import Follower

__all__ = ["Poll", "PollInterval", "follow"]


async def follow(
    client: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    interval: PollInterval | None = None,
    is_first: Callable[[], bool] = lambda: False,
) -> AsyncGenerator[Poll, None]:
    """Yield the state of a job until it is over; the first one is the last known state.

    A failed poll says nothing about the job. A job that the service does not show any more is not
    over: it is polled ever more rarely (`Poll.is_lost`), and normally again when it reappears.

    All followers of a job on one event loop share the polls.

    Args:
        client: client of the service; used only until the generator is closed.
        ref: system, project and id of the job.
        job: as last seen.
        interval: poll interval; None: one that suits the service. It is longer if many jobs are
            followed.
        is_first: returns whether the user is waiting for this job: then it is polled before others.

    Yields:
        the result of each poll.
    """
    if job.terminal_stage:
        yield Poll(job, datetime.now(UTC))
        return
    follower = Follower(client, interval or PollInterval.for_client(client), is_first)
    poller = Poller.of(client)
    watch = poller.join(follower, ref, job)
    try:
        while (look := await follower.next()) is not None:
            yield look
    finally:
        await poller.leave(follower, watch)
