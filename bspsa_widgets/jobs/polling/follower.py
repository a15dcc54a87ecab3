"""One of those who follow a job: what it was told and has not taken yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Look
from bspsa_widgets.jobs.polling.interval import Pace


class Follower:
    """A mailbox of looks; each follower takes them in its own time.

    Args:
        client: may be asked as long as it follows.
        pace: at which it wants to know.
        is_first: whether somebody waits to see the job: it goes before others.
    """

    def __init__(
        self,
        client: ServiceAccountClient,
        pace: Pace,
        is_first: Callable[[], bool] = lambda: False,
    ) -> None:
        self.client = client
        self.pace = pace
        self.is_first = is_first
        self._told: asyncio.Queue[Look | BaseException | None] = asyncio.Queue()

    def tell(self, news: Look | BaseException | None) -> None:
        """A look, None for the end, or what broke the looking."""
        self._told.put_nowait(news)

    async def next(self) -> Look | None:
        """The next look, or None where there will be no more."""
        news = await self._told.get()
        if isinstance(news, BaseException):
            raise news
        return news
