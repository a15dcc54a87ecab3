"""The job lists of an endpoint, each read once for all who want it at that time."""

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

# By event loop, then by the endpoint's URL; held as long as somebody wants lists there.
_lists: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, JobLists]] = (
    WeakKeyDictionary()
)


class Wanted(NamedTuple):
    """Whose jobs: of the token's user, of a system ("" for all), of a project ("" for all)."""

    token: Token
    hpc: str = ""
    project: str = ""

    def covers(self, other: Wanted) -> bool:
        """Whether this list has all jobs of the other one."""
        is_wide = self.hpc in ("", other.hpc) and self.project in ("", other.project)
        return is_wide and self.token.is_same(other.token)


class Listing(NamedTuple):
    """A list as it was read.

    Attributes:
        wanted: of whom. jobs: in no order.
        failed: by the label of a system whose jobs could not be listed, or not all.
        began: when the service was asked, by the loop's clock. at: the same as a date.
        ended: when it had answered.
    """

    wanted: Wanted
    jobs: list[Job]
    failed: dict[str, ServiceFailure]
    began: float
    at: datetime
    ended: datetime

    @property
    def going_on(self) -> int:
        """How many jobs the service has asked the HPC system for."""
        return sum(not job.terminal_stage for job in self.jobs)

    def may_have(self, ref: JobRef) -> bool:
        """Whether a job that is found there would be in it."""
        return self.wanted.hpc in ("", ref.hpc) and self.wanted.project in ("", ref.project)


class _Reading(NamedTuple):
    wanted: Wanted
    began: float
    done: asyncio.Future[Listing]


class JobLists:
    """Use `JobLists.at`.

    Attributes:
        listeners: told of each list that was read, by whomever.
    """

    def __init__(self) -> None:
        self.listeners: list[Callable[[Listing], object]] = []
        self._under_way: list[_Reading] = []
        self._latest: dict[tuple[str, str], Listing] = {}

    @classmethod
    def at(cls, url: str) -> JobLists:
        """Those of the endpoint, on the running loop."""
        known = _lists.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        lists = known.get(url)
        if lists is None:
            lists = known[url] = cls()
        return lists

    async def read(
        self,
        client: ServiceAccountClient,
        hpc: str = "",
        project: str = "",
        *,
        since: float | None = None,
    ) -> Listing:
        """A list that began at `since` (by the loop's clock), or later; None: after this call.

        Whoever waits for somebody else's reading begins one of its own where that is given up:
        a client is asked for nobody else once its owner has left.

        Raises:
            BspsaError: nothing could be had.
        """
        if since is None:
            since = math.nextafter(asyncio.get_running_loop().time(), math.inf)
        wanted = Wanted(await client.tokens.get(), hpc, project)
        while (found := self.latest(wanted, since)) is None:
            going = [one for one in self._under_way if one.wanted.covers(wanted)]
            if not going:
                return await self._read(client, wanted)
            await asyncio.wait([going[-1].done])
            if going[-1].began >= since and not going[-1].done.cancelled():
                return going[-1].done.result()
        return found

    @property
    def last(self) -> Listing | None:
        """The last one that was read, of whatever jobs."""
        return max(self._latest.values(), key=lambda listing: listing.began, default=None)

    def latest(self, wanted: Wanted, since: float) -> Listing | None:
        """The latest list that has what is wanted, and began then or later."""
        found = [
            listing
            for listing in self._latest.values()
            if listing.began >= since and listing.wanted.covers(wanted)
        ]
        return max(found, key=lambda listing: listing.began, default=None)

    async def _read(self, client: ServiceAccountClient, wanted: Wanted) -> Listing:
        loop = asyncio.get_running_loop()
        reading = _Reading(wanted, loop.time(), loop.create_future())
        at = datetime.now(UTC)
        self._under_way.append(reading)
        try:
            found = await list_by_system(client, wanted.hpc, wanted.project)
            listing = Listing(wanted, *found, reading.began, at, datetime.now(UTC))
            reading.done.set_result(listing)
        except Exception as error:
            reading.done.set_exception(error)
            reading.done.exception()  # nobody else need have waited for it
            raise
        finally:
            reading.done.cancel()
            self._under_way.remove(reading)
        self._latest[wanted.hpc, wanted.project] = listing
        for hear in list(self.listeners):
            hear(listing)
        return listing
