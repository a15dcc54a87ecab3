"""Shares job lists of a service, so that each is read only once at a time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import ServiceFailure
from bspsa_widgets.jobs.listing import list_by_system
from bspsa_widgets.tokens import Token

# By event loop, then by the endpoint's URL; dropped when nothing uses them any more.
_lists: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, JobLists]] = (
    WeakKeyDictionary()
)


class ListRequest(NamedTuple):
    """Which jobs a list has to contain.

    Attributes:
        token: access token of the user.
        hpc: id of the HPC system; "" for all.
        project: id of the project; "" for all.
    """

    token: Token
    hpc: str = ""
    project: str = ""

    def covers(self, other: ListRequest) -> bool:
        """Return whether this list contains all jobs of another one.

        Args:
            other: the other list.

        Returns:
            True if it does.
        """
        is_wide = self.hpc in ("", other.hpc) and self.project in ("", other.project)
        return is_wide and self.token.is_same(other.token)


class JobListing(NamedTuple):
    """A list of jobs as it was read.

    Attributes:
        request: which jobs it contains.
        jobs: jobs, in no order.
        failed: errors by the label of the system whose jobs could not be listed completely.
        began: when the request began, by the loop's clock, in seconds.
        at: when the request began, as a date.
        ended: when the response was complete.
    """

    request: ListRequest
    jobs: list[Job]
    failed: dict[str, ServiceFailure]
    began: float
    at: datetime
    ended: datetime

    @property
    def open_count(self) -> int:
        """Number of jobs for which the service has asked the HPC system."""
        return sum(not job.terminal_stage for job in self.jobs)

    def may_have(self, ref: JobRef) -> bool:
        """Return whether the list would contain a job with this reference.

        Args:
            ref: system, project and id of the job.

        Returns:
            True if it would.
        """
        return self.request.hpc in ("", ref.hpc) and self.request.project in ("", ref.project)


class _PendingList(NamedTuple):
    request: ListRequest
    began: float
    done: asyncio.Future[JobListing]


class JobLists:
    """Job lists of one service. Use `JobLists.at`.

    Attributes:
        listeners: called with each list that was read.
    """

    def __init__(self) -> None:
        self.listeners: list[Callable[[JobListing], object]] = []
        self._under_way: list[_PendingList] = []
        self._latest: dict[tuple[str, str], JobListing] = {}

    @classmethod
    def at(cls, url: str) -> JobLists:
        """Return the lists of a service, on the running loop.

        Args:
            url: address of the service.

        Returns:
            the shared lists.
        """
        tracked = _lists.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        lists = tracked.get(url)
        if lists is None:
            lists = tracked[url] = cls()
        return lists

    async def read(
        self,
        client: ServiceAccountClient,
        hpc: str = "",
        project: str = "",
        *,
        since: float | None = None,
    ) -> JobListing:
        """Return a list that is recent enough; read one if there is none.

        Several callers share one request. If the caller that sent it gives up, the next one sends
        its own: a client is not used after its owner has left.

        Args:
            client: client of the service.
            hpc: id of the HPC system; empty for all.
            project: id of the project; empty for all.
            since: earliest start of the list by the loop's clock, in seconds; None: after this
                call.

        Returns:
            the list.

        Raises:
            BspsaError: no list could be read.
        """
        if since is None:
            since = math.nextafter(asyncio.get_running_loop().time(), math.inf)
        request = ListRequest(await client.tokens.get(), hpc, project)
        while (found := self.latest(request, since)) is None:
            going = [one for one in self._under_way if one.request.covers(request)]
            if not going:
                return await self._read(client, request)
            await asyncio.wait([going[-1].done])
            if going[-1].began >= since and not going[-1].done.cancelled():
                return going[-1].done.result()
        return found

    @property
    def last(self) -> JobListing | None:
        """The list that was read last, of any jobs."""
        return max(self._latest.values(), key=lambda listing: listing.began, default=None)

    def latest(self, request: ListRequest, since: float) -> JobListing | None:
        """Return the latest list that contains certain jobs.

        Args:
            request: which jobs.
            since: earliest start by the loop's clock, in seconds.

        Returns:
            the list; None if there is none.
        """
        found = [
            listing
            for listing in self._latest.values()
            if listing.began >= since and listing.request.covers(request)
        ]
        return max(found, key=lambda listing: listing.began, default=None)

    async def _read(self, client: ServiceAccountClient, request: ListRequest) -> JobListing:
        loop = asyncio.get_running_loop()
        reading = _PendingList(request, loop.time(), loop.create_future())
        at = datetime.now(UTC)
        self._under_way.append(reading)
        try:
            found = await list_by_system(client, request.hpc, request.project)
            listing = JobListing(request, *found, reading.began, at, datetime.now(UTC))
            reading.done.set_result(listing)
        except Exception as error:
            reading.done.set_exception(error)
            reading.done.exception()  # marked as read: perhaps nothing else waits for it
            raise
        finally:
            reading.done.cancel()
            self._under_way.remove(reading)
        self._latest[request.hpc, request.project] = listing
        for listener in list(self.listeners):
            listener(listing)
        return listing
