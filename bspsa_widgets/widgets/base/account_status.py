"""Shows in a panel's header whether the service accepts the token, with projects and quotas."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.accounting import Project
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure
from bspsa_widgets.runtime.event_loop import Result
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.runtime.service_link import ServiceLink
from bspsa_widgets.submission.preflight import read_account
from bspsa_widgets.widgets.base import account_state
from bspsa_widgets.widgets.base.panel import Panel

log = logging.getLogger(__name__)

# Seconds between two requests if nothing else uses the service: `FIRST` while it does not
# answer, longer while it does. For each, it sends one request to EBRAINS and none to an HPC system.
FIRST, LONGEST = 30.0, 300.0
FIRST_HERE, LONGEST_HERE = 2.0, 10.0
FACTOR = 1.5
SEEN = 2.0  # seconds between two checks whether a page is open again; sends no request


class AccountStatus:
    """Reads the account on the background loop and shows it in a panel.

    Args:
        panel: the panel that shows it.
        link: its connection to the service.
        tasks: owner of tasks that end with the panel.
        is_watched: returns whether the user may be looking at the panel.
    """

    def __init__(
        self,
        panel: Panel,
        link: ServiceLink,
        tasks: OwnedTasks,
        is_watched: Callable[[], bool] = lambda: True,
    ) -> None:
        self._panel = panel
        self._link = link
        self._tasks = tasks
        self._is_watched = is_watched
        self._projects: list[Project] | None = None  # as last read
        self._service: ServiceAccountClient | None = None  # service that they were read from
        self._asking: Result[None] | None = None

    async def connect(self) -> None:
        """Read projects and quotas; this also checks the token."""
        self._projects = None
        await self._ask()

    def learned(self, problem: BspsaError | None) -> None:
        """Take the result of another request: if it differs from what is shown, ask the service.

        One broken job says nothing about the service; `GET /quotas/` does.

        Args:
            problem: why the request failed; None if it succeeded.
        """
        is_fine = problem is None or isinstance(problem, NotFound)
        if is_fine == self._is_connected or self._panel.connection["state"] == "unknown":
            return
        if self._asking is None or self._asking.done():
            self._asking = self._tasks.run(self._ask(), "asking whether the service is there")

    async def keep(self) -> None:
        """Ask the service regularly until cancelled, while the user is looking."""
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
        """Show that there is no token or no response.

        Args:
            error: the error.
        """
        self._tell(connection=account_state.disconnected(self._link.label, error))

    async def use_token(self, token: str) -> None:
        """Use a token that was typed into the panel.

        Args:
            token: the token.
        """
        try:
            (await self._link.service()).tokens.type_in(token)
        except BspsaError as error:
            self.disconnected(error)
            return
        except Exception as error:
            self._broke(error)
            return
        await self.connect()

    @property
    def _is_connected(self) -> bool:
        return self._panel.connection["state"] == "connected"

    def _pauses(self) -> tuple[float, float]:
        return (FIRST_HERE, LONGEST_HERE) if self._link.is_here else (FIRST, LONGEST)

    async def _ask(self) -> None:
        try:
            service = await self._link.service()
            known = self._projects if service is self._service else None
            account = await read_account(service, known)
            shown = {
                "connection": account_state.connected(self._link.label, account.quotas),
                "quotas": account_state.quotas_state(account.quotas, account.projects),
                "projects": account_state.projects_state(account.projects),
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

    def _tell(self, **shown: object) -> None:
        """Set the traits that have changed."""
        panel = self._panel
        names = [name for name in shown if panel.has_trait(name)]
        news = {name: shown[name] for name in names if getattr(panel, name) != shown[name]}
        if news:
            panel._show_traits(**news)
