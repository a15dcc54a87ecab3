"""What the panel's head shows: whether the service knows us, projects and quotas."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.accounting import Project
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure
from bspsa_widgets.runtime.event_loop import Held, Result
from bspsa_widgets.runtime.service_link import Link
from bspsa_widgets.submission.account import read_account
from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.submitter import view_state

log = logging.getLogger(__name__)

# Seconds between two questions where nothing else asks the service: from `FIRST`, as long as it
# does not answer, growing while it does. Each costs it one call to EBRAINS and no HPC system.
FIRST, LONGEST = 30.0, 300.0
FIRST_HERE, LONGEST_HERE = 2.0, 10.0
FACTOR = 1.5
SEEN = 2.0  # between two looks whether a page is there again; nothing is asked for that


class Greeting:
    """Asks the service on the background loop, and shows the answer in a panel.

    Args:
        panel: that shows it. link: its way to the service. held: work that ends with the panel.
        is_watched: whether somebody may be looking at a view.
    """

    def __init__(
        self,
        panel: Panel,
        link: Link,
        held: Held,
        is_watched: Callable[[], bool] = lambda: True,
    ) -> None:
        self._panel = panel
        self._link = link
        self._held = held
        self._is_watched = is_watched
        self._projects: list[Project] | None = None  # as last read
        self._service: ServiceAccountClient | None = None  # that they are of
        self._asking: Result[None] | None = None

    async def greet(self) -> None:
        """Read projects and quotas; this also proves the token."""
        self._projects = None
        await self._ask()

    def learned(self, problem: BspsaError | None) -> None:
        """Take what a request for something else has told: where that is news, ask.

        One broken job says nothing about the service; `GET /quotas/` does.

        Args:
            problem: why it failed; None where the service has answered.
        """
        is_fine = problem is None or isinstance(problem, NotFound)
        if is_fine == self._is_connected or self._panel.connection == {}:
            return
        if self._asking is None or self._asking.done():
            self._asking = self._held.run(self._ask(), "asking whether the service is there")

    async def keep(self) -> None:
        """Until it is cancelled: ask now and then, while somebody looks."""
        pause = first = self._pauses()[0]
        while True:
            await asyncio.sleep(pause)
            while not self._is_watched():
                await asyncio.sleep(SEEN)
                pause = first
            await self._ask()
            first, longest = self._pauses()
            pause = min(pause * FACTOR, longest) if self._is_connected else first

    def disconnected(self, error: BspsaError) -> None:
        """No token, or no answer."""
        self._tell(connection=view_state.disconnected(self._link.label, error))

    async def take_token(self, token: str) -> None:
        """Use a token that was typed into the panel."""
        try:
            (await self._link.service()).tokens.type_in(token)
        except BspsaError as error:
            self.disconnected(error)
            return
        except Exception as error:
            self._broke(error)
            return
        await self.greet()

    @property
    def _is_connected(self) -> bool:
        return bool(self._panel.connection.get("state") == "connected")

    def _pauses(self) -> tuple[float, float]:
        return (FIRST_HERE, LONGEST_HERE) if self._link.is_here else (FIRST, LONGEST)

    async def _ask(self) -> None:
        try:
            service = await self._link.service()
            known = self._projects if service is self._service else None
            account = await read_account(service, known)
            shown = {
                "connection": view_state.connected(self._link.label, account.quotas),
                "quotas": view_state.quotas_state(account.quotas, account.projects),
                "projects": view_state.projects_state(account.projects),
            }
        except BspsaError as error:
            self.disconnected(error)
            return
        except Exception as error:
            self._broke(error)
            return
        self._projects, self._service = account.projects, service
        self._tell(**shown)

    def _broke(self, error: Exception) -> None:
        log.error("asking the service for projects and quotas failed", exc_info=error)
        self.disconnected(ServiceFailure(f"Something went wrong ({type(error).__name__})."))

    def _tell(self, **shown: Any) -> None:
        """What has changed; an answer as before is no news."""
        panel = self._panel
        names = [name for name in shown if panel.has_trait(name)]
        news = {name: shown[name] for name in names if getattr(panel, name) != shown[name]}
        if news:
            panel._show(**news)
