"""One poller for all jobs of an endpoint and all who follow them.

Each job is asked for on its own: one broken job makes the real service fail for a whole
list. Those who follow the same job share each look at it.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.submission.follower import Follower
from bspsa_widgets.submission.turns import Turns
from bspsa_widgets.submission.watch import Watch

# By event loop, then by the endpoint's URL. Only pollers that look at something are held:
# they know their loop, and would keep it.
_pollers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Poller]] = WeakKeyDictionary()


class Poller:
    """Looks at jobs of one endpoint. Use `Poller.of`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._turns = Turns.at(url)
        self._watches: dict[JobRef, Watch] = {}

    @classmethod
    def of(cls, client: ServiceAccountClient) -> Poller:
        """The one of the client's endpoint, on the running loop."""
        pollers = _pollers.setdefault(asyncio.get_running_loop(), {})
        url = client.endpoint.url
        if url not in pollers:
            pollers[url] = cls(url)
        return pollers[url]

    def join(self, follower: Follower, ref: JobRef, job: Job) -> Watch:
        """Have a job looked at for one more follower.

        Args:
            ref: where it is found. job: as last seen by the follower.
        """
        watch = self._watches.get(ref)
        if watch is None:
            watch = Watch(self._turns, ref, job, lambda: self._drop(ref))
            self._watches[ref] = watch
        watch.join(follower, job)
        return watch

    def _drop(self, ref: JobRef) -> None:
        del self._watches[ref]
        if not self._watches:
            _pollers[asyncio.get_running_loop()].pop(self._url, None)
