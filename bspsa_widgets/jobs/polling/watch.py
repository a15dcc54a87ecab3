"""State of one followed job, its followers, and when it is polled next."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotFound
from bspsa_widgets.jobs.polling.interval import PollInterval


class Follower:
    """Queue of poll results that one follower reads at its own speed.

    Args:
        client: client that may be used as long as the follower stays.
        interval: poll interval that the follower wants.
        is_first: returns whether the user is waiting for the job: then it is polled before others.
    """

    def __init__(
        self,
        client: ServiceAccountClient,
        interval: PollInterval,
        is_first: Callable[[], bool] = lambda: False,
    ) -> None:
        self.client = client
        self.interval = interval
        self.is_first = is_first
        self._results: asyncio.Queue[Poll | BaseException | None] = asyncio.Queue()

    def put(self, result: Poll | BaseException | None) -> None:
        """Put a result into the queue.

        Args:
            result: result of a poll; None: there will be no more; an exception: the polls failed.
        """
        self._results.put_nowait(result)

    async def next(self) -> Poll | None:
        """Wait for the next result.

        Returns:
            the result; None if there will be no more.

        Raises:
            BaseException: what made the polls fail.
        """
        result = await self._results.get()
        if isinstance(result, BaseException):
            raise result
        return result


log = logging.getLogger(__name__)

POLLS_BEFORE_LOST = 3  # polls that do not show the job; a single one may be an accident


class JobWatch:
    """A followed job. The poller calls it with what was read.

    Args:
        ref: system, project and id of the job.
        job: the job as last seen.

    Attributes:
        followers: followers that get each result; the client of the first one is used.
        due: when the next poll is due, by the loop's clock, in seconds.
        is_listed: whether a list may show the job; False if one did not, or not clearly.
        task: task of the running poll.
        client_in_use: client that the running poll uses.
    """

    def __init__(self, ref: JobRef, job: Job) -> None:
        self.ref = ref
        self.followers: list[Follower] = []
        self.due = float("inf")
        self.is_listed = True
        self.task: asyncio.Task[None] | None = None
        self.client_in_use: ServiceAccountClient | None = None
        self._seen = _first_state(job)
        self._polled_at = float("-inf")  # when the last poll began
        self._polls = 0
        self._missing = 0 if job.is_shown else POLLS_BEFORE_LOST
        self._ends_seen = int(job.is_over)

    @property
    def is_first(self) -> bool:
        """Whether the user is waiting for this job."""
        return any(follower.is_first() for follower in self.followers)

    @property
    def is_missing(self) -> bool:
        """Whether the service does not show the job: then it is polled rarely."""
        return self._missing >= POLLS_BEFORE_LOST

    @property
    def is_lost(self) -> bool:
        """Whether its outcome is not known; a job that was ended from here is over."""
        return self.is_missing and not self._seen.job.is_over

    @property
    def is_over(self) -> bool:
        """Whether the job is over; an end without `terminal_stage` must be seen twice."""
        return self._ends_seen > 1 or (self._ends_seen > 0 and self._seen.job.terminal_stage)

    def join(self, follower: Follower, job: Job) -> None:
        """Add a follower, which gets the last known state at once.

        Args:
            follower: the follower.
            job: the job as last seen by the follower.
        """
        self.followers.append(follower)
        has_looked = self._polled_at > float("-inf")
        follower.put(self._seen if has_looked else _first_state(job))
        if len(self.followers) == 1:
            self.due = _now() + self._pause()
        elif self.is_missing:
            self.due = _now()  # the next poll may be hours away
        elif follower.is_first():
            self.due = min(self.due, _now() + follower.interval.seconds(0))

    def has(self, client: ServiceAccountClient) -> bool:
        """Return whether a follower uses this client.

        Args:
            client: client of the service.

        Returns:
            True if one does.
        """
        return any(follower.client is client for follower in self.followers)

    def end(self, reason: BaseException | None) -> None:
        """Tell all followers that there will be no more results.

        Args:
            reason: why; None: the job is over.
        """
        followers, self.followers = self.followers, []
        for follower in followers:
            follower.put(reason)

    async def poll(self) -> BspsaError | None:
        """Poll the job and pass the result to the followers.

        Returns:
            the error; None if there was none.
        """
        self.client_in_use, self._polled_at = self.followers[0].client, _now()
        try:
            fresh = await self.client_in_use.job(self.ref)
        except BspsaError as error:
            log.info("a poll of job %s failed: %s", self.ref.job_id, type(error).__name__)
            self.failed(error)
            return error
        finally:
            self.client_in_use = None
        self._polls += 1
        self._apply(fresh.after(self._seen.job), datetime.now(UTC))
        self._publish()
        return None

    def listed(self, job: Job | None, began: float, at: datetime) -> None:
        """Take the job's state from a list.

        Only a poll of the job itself can say that it is not shown any more, or that it has ended in
        a way that the service does not call an end.

        Args:
            job: the job; None if the list does not show it.
            began: when the list was requested, by the loop's clock, in seconds.
            at: when the list was requested, as a date.
        """
        if self.task is not None or self._polled_at >= began:
            return
        self.is_listed = job is not None and (job.terminal_stage or not _is_doubtful(job))
        if job is not None and self.is_listed:
            self._polled_at = began
            self._polls += 1
            self._apply(job.after(self._seen.job), at)
            self._publish()

    def failed(self, error: BspsaError) -> None:
        """Pass a failed poll to the followers; the next poll uses another follower's client.

        A failed poll says nothing about the job.

        Args:
            error: why it failed.
        """
        self._polls += 1
        self._note(error)
        self._publish()

    def _note(self, error: BspsaError) -> None:
        self._missing += isinstance(error, NotFound)
        self._ends_seen = 0
        self._seen = self._seen._replace(problem=error, is_lost=self.is_lost)
        self.followers.append(self.followers.pop(0))

    def _apply(self, job: Job, at: datetime) -> None:
        if not job.is_shown:
            self._note(NotFound(f"The service says {job.stage} of the job.", status=200))
            return
        if job.stage != self._seen.job.stage or self._missing:
            self._polls = 0  # the stage has changed: short intervals again
        self._seen = Poll(job, at)
        self._missing = 0
        self._ends_seen = self._ends_seen + 1 if job.is_over else 0

    def _publish(self) -> None:
        self.due = _now() + self._pause()
        for follower in self.followers:
            follower.put(self._seen)

    def _pause(self) -> float:
        """Return the shortest interval that a follower wants, in seconds."""
        interval = min(follower.interval for follower in self.followers)
        if self.is_missing:
            return interval.seconds_while_lost(self._missing - POLLS_BEFORE_LOST)
        return interval.seconds(self._polls, self._seen.job.stage)


def _is_doubtful(job: Job) -> bool:
    return job.is_over or not job.is_shown


def _first_state(job: Job) -> Poll:
    """Return the state that a follower gets before the first poll."""
    return Poll(job, datetime.now(UTC), is_lost=not job.is_shown)


def _now() -> float:
    return asyncio.get_running_loop().time()
