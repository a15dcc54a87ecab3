"""Schedules the polls of all jobs of a service, for all followers.

A list costs the service as much as a poll of each open job, except for the three requests to
EBRAINS that each poll causes. So if many jobs are due, one list is read for all. Jobs that it does
not show clearly are polled one by one, as are all jobs if a broken one makes the list fail.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotSent, ServiceFailure, TokenError
from bspsa_widgets.jobs.polling.rate_limit import AT_ONCE, RateLimit
from bspsa_widgets.jobs.polling.watch import Follower, JobWatch
from bspsa_widgets.jobs.shared_lists import JobListing, JobLists
from bspsa_widgets.jobs.tracked_job import ref_of

log = logging.getLogger(__name__)

LIST_FROM = 5  # number of due jobs from which on a list is read
MOST_UNWATCHED = 3  # no list if the user has this many times more open jobs than followed
# Seconds between two polls, and for each open job of a list: a hundred jobs are polled in
# half a minute. Lists cost the local service little.
APART, APART_HERE, LISTED_HERE = 0.35, 0.1, 0.03
AT_WILL = 5  # polls that are exempt from it, so that a few jobs are not delayed
# Seconds without a list after one that failed, doubled with each further one.
NO_LIST, MOST_NO_LIST = 30.0, 3600.0

# By event loop, then by the endpoint's URL. Only pollers with followers are held:
# a poller refers to its loop, and would keep it alive.
_pollers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Poller]] = WeakKeyDictionary()


class Poller:
    """Polls the jobs of one service. Use `Poller.of`.

    Args:
        client: client of the service.
    """

    def __init__(self, client: ServiceAccountClient) -> None:
        self._loop = asyncio.get_running_loop()
        self._url = client.endpoint.url
        here = client.endpoint.is_loopback
        self._apart, self._listed = (APART_HERE, LISTED_HERE) if here else (APART, APART)
        self._rate_limit = RateLimit.at(self._url)
        self._lists = JobLists.at(self._url)
        self._lists.listeners.append(self._on_listing)
        self._watches: dict[JobRef, JobWatch] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[JobWatch] = set()  # polls without priority
        last = self._lists.last
        self._open_count = last.open_count if last else 0  # open jobs in the last list
        self._free_at = last.began + self._open_count * self._listed if last else float("-inf")
        self._listing: asyncio.Task[None] | None = None
        self._list_client: ServiceAccountClient | None = None
        self._no_list_before = float("-inf")
        self._failures = 0

    @classmethod
    def of(cls, client: ServiceAccountClient) -> Poller:
        """Return the poller of the client's service, on the running loop.

        Args:
            client: client of the service.

        Returns:
            the shared poller.
        """
        pollers = _pollers.setdefault(asyncio.get_running_loop(), {})
        url = client.endpoint.url
        if url not in pollers:
            pollers[url] = cls(client)
        return pollers[url]

    def join(self, follower: Follower, ref: JobRef, job: Job) -> JobWatch:
        """Add a follower of a job.

        Args:
            follower: the follower.
            ref: system, project and id of the job.
            job: the job as last seen by the follower.

        Returns:
            state of the job, shared by its followers.
        """
        watch = self._watches.get(ref)
        if watch is None:
            watch = self._watches[ref] = JobWatch(ref, job)
        watch.join(follower, job)
        if watch.task is None:
            self._wake(watch.due)
        return watch

    async def leave(self, follower: Follower, watch: JobWatch) -> None:
        """Remove a follower; its client is not used after this returns.

        Args:
            follower: the follower.
            watch: state of the job, as returned by `join`.
        """
        ended: list[asyncio.Task[None]] = []
        if follower in watch.followers:  # otherwise it already got the end
            watch.followers.remove(follower)
            is_asked = watch.client_in_use is follower.client and not watch.has(follower.client)
            if watch.task is not None and (is_asked or not watch.followers):
                ended.append(watch.task)
                self._release_task(watch)
                watch.due = self._loop.time()  # the remaining followers get the cancelled poll
                self._wake(watch.due)
            if not watch.followers:
                self._drop(watch)
        if self._list_client is follower.client and not self._has(follower.client):
            ended += [self._listing] if self._listing is not None else []
        for task in ended:
            task.cancel()
        if ended:
            await asyncio.wait(ended)

    def _has(self, client: ServiceAccountClient) -> bool:
        return any(watch.has(client) for watch in self._watches.values())

    def _drop(self, watch: JobWatch) -> None:
        del self._watches[watch.ref]
        if self._watches:
            return
        self._lists.listeners.remove(self._on_listing)
        if self._timer is not None:
            self._timer.cancel()
        if _pollers[self._loop].get(self._url) is self:
            del _pollers[self._loop][self._url]

    # --- when to poll -------------------------------------------------------------------

    def _wake(self, at: float) -> None:
        """Set the timer, unless it is set for an earlier time."""
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(at, self._begin)

    def _begin(self) -> None:
        """Start the polls that are due, as far as the rate limit allows."""
        self._timer = None
        try:
            wakes = self._begin_all(self._loop.time())
        except Exception as error:  # otherwise no follower would be notified
            log.exception("following jobs broke")
            self._finish_all(error)
        else:
            if wakes:
                self._wake(min(wakes))

    def _begin_all(self, now: float) -> list[float]:
        """Start the polls that are due; return when to continue."""
        idle = [watch for watch in self._watches.values() if watch.task is None]
        wakes = [watch.due for watch in idle if watch.due > now]
        due = [watch for watch in idle if watch.due <= now]
        due.sort(key=lambda watch: (watch.is_missing, watch.due))
        others = []
        for watch in due:
            if watch.is_first:
                self._start_poll(watch, is_first=True)
            else:
                others.append(watch)
        while others and self._ready_at <= now:
            if self._listing is None and self._may_list(others, now):
                self._list(others)
            if self._listing is not None:
                others = [watch for watch in others if not watch.is_listed]
            if not others or len(self._running) >= AT_ONCE:
                return wakes  # continued when a running poll ends
            self._start_poll(others.pop(0), is_first=False)
        return [*wakes, self._ready_at] if others else wakes

    @property
    def _ready_at(self) -> float:
        """When jobs without priority may be polled again."""
        return self._free_at - AT_WILL * self._apart

    def _spend(self, seconds: float) -> None:
        self._free_at = max(self._free_at, self._loop.time()) + seconds

    def _may_list(self, due: Sequence[JobWatch], now: float) -> bool:
        count = sum(watch.is_listed and not watch.is_missing for watch in due)
        is_worth_it = self._open_count <= MOST_UNWATCHED * len(self._watches)
        return count >= LIST_FROM and is_worth_it and now >= self._no_list_before

    # --- one job ------------------------------------------------------------------------

    def _start_poll(self, watch: JobWatch, *, is_first: bool) -> None:
        self._spend(self._apart)
        if not is_first:
            self._running.add(watch)
        watch.task = self._loop.create_task(self._poll(watch, is_first=is_first))

    async def _poll(self, watch: JobWatch, *, is_first: bool) -> None:
        end: BaseException | None = None
        try:
            async with self._rate_limit.turn(is_first=is_first):
                error = await watch.poll()
            if isinstance(error, ServiceFailure) and error.retry_after is not None:
                self._rate_limit.rest(error.retry_after)
        except BaseException as fault:
            end = fault
            if not isinstance(fault, Exception):
                raise
        finally:
            if watch.task is asyncio.current_task():  # otherwise `leave` has done the rest
                self._release_task(watch)
                if end is not None or watch.is_over:
                    self._end(watch, end)
                if self._watches:
                    self._wake(self._loop.time())

    def _release_task(self, watch: JobWatch) -> None:
        watch.task = None
        self._running.discard(watch)

    def _end(self, watch: JobWatch, reason: BaseException | None) -> None:
        watch.end(reason)
        self._drop(watch)

    def _finish_all(self, reason: Exception) -> None:
        for watch in list(self._watches.values()):
            if watch.task is not None:
                watch.task.cancel()
                self._release_task(watch)
            self._end(watch, reason)

    # --- many jobs ----------------------------------------------------------------------

    def _list(self, due: Sequence[JobWatch]) -> None:
        """Read one list for the jobs that are due, and all others that it shows."""
        hpcs = {watch.ref.hpc for watch in due}
        projects = {watch.ref.project for watch in due}
        hpc = hpcs.pop() if len(hpcs) == 1 else ""
        project = projects.pop() if hpc and len(projects) == 1 else ""
        self._list_client = client = due[0].followers[0].client
        self._listing = self._loop.create_task(self._read_list(client, hpc, project))

    async def _read_list(self, client: ServiceAccountClient, hpc: str, project: str) -> None:
        try:
            await self._rate_limit.until_allowed()
            listing = await self._lists.read(client, hpc, project)
        except (NotSent, TokenError) as error:  # each poll would fail in the same way
            self._pass_error(client, error)
        except Exception as error:
            log.info("a list of the jobs could not be read: %s", type(error).__name__)
            self._no_list()
            if isinstance(error, ServiceFailure) and error.retry_after is not None:
                self._rate_limit.rest(error.retry_after)
        else:
            self._take(listing, is_own=True)
            if listing.failed:
                self._no_list()
            else:
                self._failures = 0
        finally:
            self._listing = self._list_client = None
            if self._watches:
                self._wake(self._loop.time())

    def _no_list(self) -> None:
        """Read no list for a while, after one that failed or took too long."""
        self._spend(len(self._watches) * self._listed)
        pause = min(NO_LIST * 2**self._failures, MOST_NO_LIST)
        self._no_list_before = self._loop.time() + pause
        self._failures = min(self._failures + 1, 10)

    def _pass_error(self, client: ServiceAccountClient, error: BspsaError) -> None:
        now = self._loop.time()
        for watch in self._watches.values():
            if watch.task is None and watch.due <= now and watch.has(client):
                watch.failed(error)

    def _on_listing(self, listing: JobListing) -> None:
        """Take a list that was read by any caller."""
        self._open_count = listing.open_count
        self._spend(listing.open_count * self._listed)
        self._take(listing, is_own=False)
        if self._watches:
            self._wake(self._loop.time())

    def _take(self, listing: JobListing, *, is_own: bool) -> None:
        """Take the jobs that a list shows.

        A job missing in it counts only if the list was read for these jobs.
        """
        jobs = {job.job_id.upper(): job for job in listing.jobs}
        for watch in list(self._watches.values()):
            ref = watch.ref._replace(job_id=watch.ref.job_id.upper())
            job = jobs.get(ref.job_id)
            if job is not None and ref_of(job, ref.hpc, ref.project) != ref:
                job = None
            if job is not None or (is_own and listing.may_have(ref)):
                watch.listed(job, listing.began, listing.at)
            if watch.is_over:
                self._end(watch, None)
