"""One of those who follow a job: what it was told and has not taken yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.submission.look import Look
from bspsa_widgets.submission.pace import Pace


class Follower:
    """A mailbox of looks; each follower takes them in its own time.

    Args:
        client: may be asked as long as it follows.
        pace: at which it wants to know; a function where that changes.
    """

    def __init__(self, client: ServiceAccountClient, pace: Pace | Callable[[], Pace]) -> None:
        self.client = client
        self._pace = pace
        self._told: asyncio.Queue[Look | BaseException | None] = asyncio.Queue()

    @property
    def pace(self) -> Pace:
        """At which it wants to know now."""
        return self._pace() if callable(self._pace) else self._pace

    def tell(self, news: Look | BaseException | None) -> None:
        """A look, None for the end, or what broke the looking."""
        self._told.put_nowait(news)

    async def next(self) -> Look | None:
        """The next look, or None where there will be no more."""
        news = await self._told.get()
        if isinstance(news, BaseException):
            raise news
        return news
