"""What the panel's head shows: whether the service knows us, projects and quotas."""

from __future__ import annotations

import logging

from bspsa_widgets.errors import BspsaError, ServiceFailure
from bspsa_widgets.submission.account import read_account
from bspsa_widgets.widgets import view_state
from bspsa_widgets.widgets.link import Link
from bspsa_widgets.widgets.panel import Panel

log = logging.getLogger(__name__)


class Greeting:
    """Asks the service on the background loop, and shows the answer in a panel."""

    def __init__(self, panel: Panel, link: Link) -> None:
        self._panel = panel
        self._link = link

    async def greet(self) -> None:
        """Read projects and quotas; this also proves the token."""
        try:
            account = await read_account(self._link.service())
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
        self._panel._show(**{name: shown[name] for name in shown if self._panel.has_trait(name)})

    def disconnected(self, error: BspsaError) -> None:
        """No token, or no answer."""
        self._panel._show(connection=view_state.disconnected(self._link.label, error))

    def _broke(self, error: Exception) -> None:
        log.error("asking the service for projects and quotas failed", exc_info=error)
        self.disconnected(ServiceFailure(f"Something went wrong ({type(error).__name__})."))

    async def take_token(self, token: str) -> None:
        """Use a token that was typed into the panel."""
        try:
            self._link.service().tokens.type_in(token)
        except BspsaError as error:
            self.disconnected(error)
            return
        except Exception as error:
            self._broke(error)
            return
        await self.greet()
