"""Requests of the form's view."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.runtime.event_loop import Result, awaited
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.base.folder_listing import listing
from bspsa_widgets.widgets.base.messages import ViewMessages
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.review import Reviews
from bspsa_widgets.widgets.submitter.review_state import no_review

log = logging.getLogger(__name__)


class Actions(NamedTuple):
    """What a panel does when the view requests it.

    Attributes:
        start: start a submission; the argument says what to do if the same was sent before.
        cancel: cancel the running submission.
        use_token: use a typed token.
        use_record: fill the form from a record, by its marker.
        look: search now for the job of a record, by its marker.
        close_record: close a record, by its marker.
    """

    start: Callable[[Repeat], object]
    cancel: Callable[[], None]
    use_token: Callable[[str], None]
    use_record: Callable[[str], None]
    look: Callable[[str], Result[None]]
    close_record: Callable[[str], Result[None]]


class Requests(ViewMessages):
    """Custom messages of one panel.

    Args:
        panel: panel whose view sends the requests.
        held: owner of tasks that end with the panel.
        actions: what the panel does when the view requests it.
        reviews: reviews of its folder.
        root: folder that the user can browse.
    """

    def __init__(
        self, panel: FormPanel, held: OwnedTasks, actions: Actions, reviews: Reviews, root: Path
    ) -> None:
        super().__init__(panel, held)
        self._panel = panel
        self._actions = actions
        self._reviews = reviews
        self._root = root

    def _do(self, content: dict[str, Any]) -> None:
        match content.get("kind"):
            case "submit":
                self._panel._take_form(content.get("form"))
                self._actions.start("ask")
            case "again":
                self._panel._take_form(content.get("form"))
                self._actions.start("allow")
            case "look" if isinstance(content.get("record"), str):
                self._later(content, self._look(content["record"]))
                return
            case "close" if isinstance(content.get("record"), str):
                self._later(content, self._close(content["record"]))
                return
            case "use" if isinstance(content.get("record"), str):
                self._actions.use_record(content["record"])
            case "cancel":
                self._actions.cancel()
            case "token" if isinstance(content.get("token"), str):
                self._actions.use_token(content["token"])
            case "review":
                self._panel._take_form(content.get("form"))
                self._reviews.answer(content["id"], self._send)
                return
            case "browse":
                self._held.run(self._browse(content), "browsing")
                return
            case kind:
                self._reply(content, ok=False, message=f"Unknown request {kind!r:.40}.")
                return
        self._reply(content, ok=True)

    async def _look(self, record: str) -> None:
        await awaited(self._actions.look(record))

    async def _close(self, record: str) -> None:
        await awaited(self._actions.close_record(record))

    async def _browse(self, content: dict[str, Any]) -> None:
        try:
            found = await asyncio.to_thread(listing, self._root, str(content.get("path", "")))
        except Exception:
            log.exception("browsing failed")
            self._reply(content, ok=False, message="This folder cannot be shown.")
            return
        self._send({"kind": "listing", "id": content["id"]} | found)

    def _refuse(self, content: dict[str, Any], message: str) -> None:
        if content.get("kind") == "review":  # the view waits for a review, also after an error
            self._send(no_review(content["id"], self._panel.folder, message))
        else:
            super()._refuse(content, message)
