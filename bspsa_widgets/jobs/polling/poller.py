"""One schedule for all jobs of an endpoint and all who follow them.

A list costs the service as much as a look at each of its open jobs, but for the three calls
to EBRAINS that each look makes beside. So where many jobs are due, one list is read for all;
what it does not show clearly, or where one broken job makes it fail, is looked at alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotSent, ServiceFailure, TokenError
from bspsa_widgets.jobs.polling.follower import Follower
from bspsa_widgets.jobs.polling.rate_limit import AT_ONCE, Turns
from bspsa_widgets.jobs.polling.watch import Watch
from bspsa_widgets.jobs.shared_lists import JobLists, Listing
from bspsa_widgets.jobs.tracked_job import place_of

log = logging.getLogger(__name__)

LIST_FROM = 5  # jobs that are due together
MOST_UNWATCHED = 3  # times as many open jobs as are followed; with more, a list asks for too much
# Seconds from one look to the next, and for each open job of a list: a hundred jobs are looked
# at once in half a minute. Lists cost the local service little.
APART, APART_HERE, LISTED_HERE = 0.35, 0.1, 0.03
AT_WILL = 5  # looks that need not keep to that, so that few jobs are not looked at later
# Seconds without a list after one that failed, doubled with each further one.
NO_LIST, MOST_NO_LIST = 30.0, 3600.0

# By event loop, then by the endpoint's URL. Only pollers that look at something are held:
# they know their loop, and would keep it.
_pollers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Poller]] = WeakKeyDictionary()


class Poller:
    """Looks at jobs of one endpoint. Use `Poller.of`."""

    def __init__(self, client: ServiceAccountClient) -> None:
        self._loop = asyncio.get_running_loop()
        self._url = client.endpoint.url
        here = client.endpoint.is_loopback
        self._apart, self._listed = (APART_HERE, LISTED_HERE) if here else (APART, APART)
        self._turns = Turns.at(self._url)
        self._lists = JobLists.at(self._url)
        self._lists.listeners.append(self._hear)
        self._watches: dict[JobRef, Watch] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._asking: set[Watch] = set()  # those that are not first
        last = self._lists.last
        self._going_on = last.going_on if last else 0  # open jobs in the last list
        self._free_at = last.began + self._going_on * self._listed if last else float("-inf")
        self._listing: asyncio.Task[None] | None = None
        self._list_client: ServiceAccountClient | None = None
        self._no_list_before = float("-inf")
        self._failures = 0

    @classmethod
    def of(cls, client: ServiceAccountClient) -> Poller:
        """The one of the client's endpoint, on the running loop."""
        pollers = _pollers.setdefault(asyncio.get_running_loop(), {})
        url = client.endpoint.url
        if url not in pollers:
            pollers[url] = cls(client)
        return pollers[url]

    def join(self, follower: Follower, ref: JobRef, job: Job) -> Watch:
        """Have a job looked at for one more follower.

        Args:
            ref: where it is found. job: as last seen by the follower.
        """
        watch = self._watches.get(ref)
        if watch is None:
            watch = self._watches[ref] = Watch(ref, job)
        watch.join(follower, job)
        if watch.asking is None:
            self._wake(watch.due)
        return watch

    async def leave(self, follower: Follower, watch: Watch) -> None:
        """Nothing is asked with the follower's client any more once this returns."""
        ended: list[asyncio.Task[None]] = []
        if follower in watch.followers:  # else it has been told the end
            watch.followers.remove(follower)
            is_asked = watch.asked is follower.client and not watch.has(follower.client)
            if watch.asking is not None and (is_asked or not watch.followers):
                ended.append(watch.asking)
                self._let_go(watch)
                watch.due = self._loop.time()  # whoever stays gets the look that is given up
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

    def _drop(self, watch: Watch) -> None:
        del self._watches[watch.ref]
        if self._watches:
            return
        self._lists.listeners.remove(self._hear)
        if self._timer is not None:
            self._timer.cancel()
        if _pollers[self._loop].get(self._url) is self:
            del _pollers[self._loop][self._url]

    # --- when to look -------------------------------------------------------------------

    def _wake(self, at: float) -> None:
        """See to what is due, then at the latest."""
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(at, self._begin)

    def _begin(self) -> None:
        """Begin the looks that are due; of many, as many as may be now."""
        self._timer = None
        try:
            wakes = self._begin_all(self._loop.time())
        except Exception as error:  # none of those who follow would hear of it otherwise
            log.exception("following jobs broke")
            self._end_all(error)
        else:
            if wakes:
                self._wake(min(wakes))

    def _begin_all(self, now: float) -> list[float]:
        """Returns when there is more to see to."""
        idle = [watch for watch in self._watches.values() if watch.asking is None]
        wakes = [watch.due for watch in idle if watch.due > now]
        due = [watch for watch in idle if watch.due <= now]
        due.sort(key=lambda watch: (watch.is_missing, watch.due))
        others = []
        for watch in due:
            if watch.is_first:
                self._look_at(watch, is_first=True)
            else:
                others.append(watch)
        while others and self._ready_at <= now:
            if self._listing is None and self._may_list(others, now):
                self._list(others)
            if self._listing is not None:
                others = [watch for watch in others if not watch.is_listed]
            if not others or len(self._asking) >= AT_ONCE:
                return wakes  # the end of what is under way will tell
            self._look_at(others.pop(0), is_first=False)
        return [*wakes, self._ready_at] if others else wakes

    @property
    def _ready_at(self) -> float:
        """When those that are not first may be looked at again."""
        return self._free_at - AT_WILL * self._apart

    def _spend(self, seconds: float) -> None:
        self._free_at = max(self._free_at, self._loop.time()) + seconds

    def _may_list(self, due: Sequence[Watch], now: float) -> bool:
        count = sum(watch.is_listed and not watch.is_missing for watch in due)
        is_worth_it = self._going_on <= MOST_UNWATCHED * len(self._watches)
        return count >= LIST_FROM and is_worth_it and now >= self._no_list_before

    # --- one job ------------------------------------------------------------------------

    def _look_at(self, watch: Watch, *, is_first: bool) -> None:
        self._spend(self._apart)
        if not is_first:
            self._asking.add(watch)
        watch.asking = self._loop.create_task(self._looked(watch, is_first=is_first))

    async def _looked(self, watch: Watch, *, is_first: bool) -> None:
        end: BaseException | None = None
        try:
            async with self._turns.turn(is_first=is_first):
                error = await watch.look()
            if isinstance(error, ServiceFailure) and error.retry_after is not None:
                self._turns.rest(error.retry_after)
        except BaseException as fault:
            end = fault
            if not isinstance(fault, Exception):
                raise
        finally:
            if watch.asking is asyncio.current_task():  # else who has left sees to the rest
                self._let_go(watch)
                if end is not None or watch.is_over:
                    self._end(watch, end)
                if self._watches:
                    self._wake(self._loop.time())

    def _let_go(self, watch: Watch) -> None:
        watch.asking = None
        self._asking.discard(watch)

    def _end(self, watch: Watch, reason: BaseException | None) -> None:
        watch.end(reason)
        self._drop(watch)

    def _end_all(self, reason: Exception) -> None:
        for watch in list(self._watches.values()):
            if watch.asking is not None:
                watch.asking.cancel()
                self._let_go(watch)
            self._end(watch, reason)

    # --- many jobs ----------------------------------------------------------------------

    def _list(self, due: Sequence[Watch]) -> None:
        """For the jobs that are due, and all others that it shows."""
        hpcs = {watch.ref.hpc for watch in due}
        projects = {watch.ref.project for watch in due}
        hpc = hpcs.pop() if len(hpcs) == 1 else ""
        project = projects.pop() if hpc and len(projects) == 1 else ""
        self._list_client = client = due[0].followers[0].client
        self._listing = self._loop.create_task(self._read_list(client, hpc, project))

    async def _read_list(self, client: ServiceAccountClient, hpc: str, project: str) -> None:
        try:
            await self._turns.rested()
            listing = await self._lists.read(client, hpc, project)
        except (NotSent, TokenError) as error:  # each look would say the same
            self._not_asked(client, error)
        except Exception as error:
            log.info("a list of the jobs could not be read: %s", type(error).__name__)
            self._no_list()
            if isinstance(error, ServiceFailure) and error.retry_after is not None:
                self._turns.rest(error.retry_after)
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
        """For a while: one broken job makes it fail, or it takes longer than the server waits."""
        self._spend(len(self._watches) * self._listed)
        pause = min(NO_LIST * 2**self._failures, MOST_NO_LIST)
        self._no_list_before = self._loop.time() + pause
        self._failures = min(self._failures + 1, 10)

    def _not_asked(self, client: ServiceAccountClient, error: BspsaError) -> None:
        now = self._loop.time()
        for watch in self._watches.values():
            if watch.asking is None and watch.due <= now and watch.has(client):
                watch.failed(error)

    def _hear(self, listing: Listing) -> None:
        """A list that was read, by whomever."""
        self._going_on = listing.going_on
        self._spend(listing.going_on * self._listed)
        self._take(listing, is_own=False)
        if self._watches:
            self._wake(self._loop.time())

    def _take(self, listing: Listing, *, is_own: bool) -> None:
        """What it shows. Only of a list that was read for these jobs it counts what it does not."""
        jobs = {job.job_id.upper(): job for job in listing.jobs}
        for watch in list(self._watches.values()):
            ref = watch.ref._replace(job_id=watch.ref.job_id.upper())
            job = jobs.get(ref.job_id)
            if job is not None and place_of(job, ref.hpc, ref.project) != ref:
                job = None
            if job is not None or (is_own and listing.may_have(ref)):
                watch.listed(job, listing.began, listing.at)
            if watch.is_over:
                self._end(watch, None)
