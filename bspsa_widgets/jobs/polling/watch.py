"""What is known of one job that is followed, for all who follow it; when to look next."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Look
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotFound
from bspsa_widgets.jobs.polling.follower import Follower

log = logging.getLogger(__name__)

LOOKS_BEFORE_LOST = 3  # that do not show the job; one may be a blip


class Watch:
    """One job. The poller looks, and says what it has seen.

    Args:
        ref: where the job is found. job: as last seen.

    Attributes:
        followers: whoever is told of each look; the first one's client is asked.
        due: when the next look is, by the loop's clock.
        is_listed: a list may show it; False where one has not, or not clearly.
        asking: the look that is under way.
        asked: the client that is being asked.
    """

    def __init__(self, ref: JobRef, job: Job) -> None:
        self.ref = ref
        self.followers: list[Follower] = []
        self.due = float("inf")
        self.is_listed = True
        self.asking: asyncio.Task[None] | None = None
        self.asked: ServiceAccountClient | None = None
        self._seen = _as_known(job)
        self._looked_at = float("-inf")  # when the last look began
        self._looks = 0
        self._missing = 0 if job.is_shown else LOOKS_BEFORE_LOST
        self._ends = int(job.is_over)

    @property
    def is_first(self) -> bool:
        """Whether somebody waits to see it."""
        return any(follower.is_first() for follower in self.followers)

    @property
    def is_missing(self) -> bool:
        """Whether the service does not show it: it is looked at rarely."""
        return self._missing >= LOOKS_BEFORE_LOST

    @property
    def is_lost(self) -> bool:
        """Whether what became of it is not known; one that was ended from here is over."""
        return self.is_missing and not self._seen.job.is_over

    @property
    def is_over(self) -> bool:
        """A stage that ends a job without `terminal_stage` is not sure at once."""
        return self._ends > 1 or (self._ends > 0 and self._seen.job.terminal_stage)

    def join(self, follower: Follower, job: Job) -> None:
        """Told at once: what was last seen, or the job as the follower knows it."""
        self.followers.append(follower)
        has_looked = self._looked_at > float("-inf")
        follower.tell(self._seen if has_looked else _as_known(job))
        if len(self.followers) == 1:
            self.due = _now() + self._pause()
        elif self.is_missing:
            self.due = _now()  # the next look may be hours away
        elif follower.is_first():
            self.due = min(self.due, _now() + follower.pace.seconds(0))

    def has(self, client: ServiceAccountClient) -> bool:
        """Whether somebody follows it with this client."""
        return any(follower.client is client for follower in self.followers)

    def end(self, reason: BaseException | None) -> None:
        """Tell all that there will be no more looks."""
        followers, self.followers = self.followers, []
        for follower in followers:
            follower.tell(reason)

    async def look(self) -> BspsaError | None:
        """Ask for the job alone; returns what went wrong."""
        self.asked, self._looked_at = self.followers[0].client, _now()
        try:
            fresh = await self.asked.job(self.ref)
        except BspsaError as error:
            log.info("a look at job %s failed: %s", self.ref.job_id, type(error).__name__)
            self.failed(error)
            return error
        finally:
            self.asked = None
        self._looks += 1
        self._saw(fresh.after(self._seen.job), datetime.now(UTC))
        self._tell()
        return None

    def listed(self, job: Job | None, began: float, at: datetime) -> None:
        """Take what a list shows of it; None: it shows nothing.

        Only a look at the job alone can say that it is not shown any more, or that it has
        come to an end that the service itself does not call one.
        """
        if self.asking is not None or self._looked_at >= began:
            return
        self.is_listed = job is not None and (job.terminal_stage or not _is_doubtful(job))
        if job is not None and self.is_listed:
            self._looked_at = began
            self._looks += 1
            self._saw(job.after(self._seen.job), at)
            self._tell()

    def failed(self, error: BspsaError) -> None:
        """It says nothing about the job; and another follower's client may do better."""
        self._looks += 1
        self._note(error)
        self._tell()

    def _note(self, error: BspsaError) -> None:
        self._missing += isinstance(error, NotFound)
        self._ends = 0
        self._seen = self._seen._replace(problem=error, is_lost=self.is_lost)
        self.followers.append(self.followers.pop(0))

    def _saw(self, job: Job, at: datetime) -> None:
        if not job.is_shown:
            self._note(NotFound(f"The service says {job.stage} of the job.", status=200))
            return
        if job.stage != self._seen.job.stage or self._missing:
            self._looks = 0  # things are moving: look closely again
        self._seen = Look(job, at)
        self._missing = 0
        self._ends = self._ends + 1 if job.is_over else 0

    def _tell(self) -> None:
        self.due = _now() + self._pause()
        for follower in self.followers:
            follower.tell(self._seen)

    def _pause(self) -> float:
        """By the pace of whoever wants to know most."""
        pace = min(follower.pace for follower in self.followers)
        if self.is_missing:
            return pace.seconds_while_lost(self._missing - LOOKS_BEFORE_LOST)
        return pace.seconds(self._looks, self._seen.job.stage)


def _is_doubtful(job: Job) -> bool:
    return job.is_over or not job.is_shown


def _as_known(job: Job) -> Look:
    """What a follower knows before anybody has looked."""
    return Look(job, datetime.now(UTC), is_lost=not job.is_shown)


def _now() -> float:
    return asyncio.get_running_loop().time()
