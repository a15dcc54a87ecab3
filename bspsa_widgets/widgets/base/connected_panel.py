"""A panel with a connection to a service, and with work that ends with it."""

from __future__ import annotations

from collections.abc import Collection

from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.runtime.service_link import ServiceLink
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.tokens import GivenToken
from bspsa_widgets.widgets.base.account_status import AccountStatus
from bspsa_widgets.widgets.base.callbacks import EndCallbacks, OnDone
from bspsa_widgets.widgets.base.persistent_panel import PersistentPanel
from bspsa_widgets.widgets.base.upkeep import Upkeep


class ConnectedPanel(PersistentPanel):
    """What the submitter and the monitor have in common beside their looks.

    Attributes:
        _link: the connection.
        _tasks: owner of tasks that end with the panel.
        _notices: the user's functions that are called when a job ends.
        _account: the account in the panel's header.
        _upkeep: work that goes on while the panel is shown or used.
    """

    _link: ServiceLink
    _tasks: OwnedTasks
    _notices: EndCallbacks
    _account: AccountStatus
    _upkeep: Upkeep

    def _connect(
        self,
        endpoint: str | LocalService | None,
        token: GivenToken | None,
        trusted: Collection[str],
        on_done: OnDone | None,
    ) -> None:
        self._link = ServiceLink(endpoint, token, trusted)
        self._tasks = OwnedTasks(self._show_fault)
        self._notices = EndCallbacks(on_done, self._show_fault)

    def on_done(self, callback: OnDone) -> OnDone:
        """Add a function that is called once with each job of this panel that ends.

        The monitor calls it with each job that ends while it is followed. It is called outside the
        kernel's thread; an `async` one is awaited. If it raises, the error is logged and shown in
        the panel. Can be used as a decorator.

        Args:
            callback: function of a job.

        Returns:
            the function.
        """
        self._notices.add(callback)
        self._take_callback()
        return callback

    def _take_callback(self) -> None:
        """Do what the function needs to be called."""

    def use_token(self, token: str) -> None:
        """Use a token as if it was typed into the panel. It is only kept in memory.

        Args:
            token: the token.
        """
        self._tasks.run(self._use_token(token), "taking a token")

    def close(self) -> None:
        """Close the panel; a running submission and all jobs go on."""
        if hasattr(self, "_upkeep"):
            self._tasks.close()
            self._upkeep.close()
            # ipywidgets closes widgets when the interpreter ends, and no thread can start.
            if background().is_running:
                background().run(self._leave(), "closing a panel")
        super().close()

    def _wake(self) -> None:
        self._upkeep.begin()

    async def _use_token(self, token: str) -> None:
        await self._account.use_token(token)

    async def _leave(self) -> None:
        """End all work, and close the connection."""
        raise NotImplementedError

    def _show_fault(self, name: str, error: Exception) -> None:
        """Show an error of background work that has no other place."""
        raise NotImplementedError
