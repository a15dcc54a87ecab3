"""A follower of a job, with a queue of poll results."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Poll
from bspsa_widgets.jobs.polling.interval import PollInterval


class Follower:
    """Queue of poll results that one follower reads at its own speed.

    Args:
        client: client that may be used as long as the follower stays.
        pace: poll interval that the follower wants.
        is_first: returns whether the user is waiting for the job: then it is polled before others.
    """

    def __init__(
        self,
        client: ServiceAccountClient,
        pace: PollInterval,
        is_first: Callable[[], bool] = lambda: False,
    ) -> None:
        self.client = client
        self.pace = pace
        self.is_first = is_first
        self._told: asyncio.Queue[Poll | BaseException | None] = asyncio.Queue()

    def tell(self, news: Poll | BaseException | None) -> None:
        """Put a result into the queue.

        Args:
            news: result of a poll; None: there will be no more; an exception: the polls failed.
        """
        self._told.put_nowait(news)

    async def next(self) -> Poll | None:
        """Wait for the next result.

        Returns:
            the result; None if there will be no more.

        Raises:
            BaseException: what made the polls fail.
        """
        news = await self._told.get()
        if isinstance(news, BaseException):
            raise news
        return news
