"""Requests of the submit panel's view."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, cast

from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.runtime.event_loop import Result, awaited
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.base.contract import Listing
from bspsa_widgets.widgets.base.folder_listing import listing
from bspsa_widgets.widgets.base.messages import Content, ViewMessages
from bspsa_widgets.widgets.submitter.contract import BrowseRequest, Form, Request, Review
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


class Requests(ViewMessages[Listing | Review]):
    """Custom messages of one panel.

    Args:
        panel: panel whose view sends the requests.
        tasks: owner of tasks that end with the panel.
        actions: what the panel does when the view requests it.
        reviews: reviews of its folder.
        root: folder that the user can browse.
    """

    def __init__(
        self, panel: FormPanel, tasks: OwnedTasks, actions: Actions, reviews: Reviews, root: Path
    ) -> None:
        super().__init__(panel, tasks)
        self._panel = panel
        self._actions = actions
        self._reviews = reviews
        self._root = root

    def _do(self, content: Content) -> None:
        request = parse(content)
        if request is None:
            self._refuse_unknown(content)
            return
        match request["kind"]:
            case "submit" | "again":
                self._panel._take_form(request["form"])
                self._actions.start("ask" if request["kind"] == "submit" else "allow")
            case "review":
                self._panel._take_form(request["form"])
                self._reviews.answer(request["id"], self._send)
                return
            case "look":
                self._later(content, self._look(request["record"]))
                return
            case "close":
                self._later(content, self._close(request["record"]))
                return
            case "use":
                self._actions.use_record(request["record"])
            case "cancel":
                self._actions.cancel()
            case "token":
                self._actions.use_token(request["token"])
            case "browse":
                self._tasks.run(self._browse(request), "browsing")
                return
        self._reply(content, ok=True)

    async def _look(self, record: str) -> None:
        await awaited(self._actions.look(record))

    async def _close(self, record: str) -> None:
        await awaited(self._actions.close_record(record))

    async def _browse(self, request: BrowseRequest) -> None:
        try:
            found = await asyncio.to_thread(listing, self._root, request["path"])
        except Exception:
            log.exception("browsing failed")
            self._reply(request, ok=False, message="This folder cannot be shown.")
            return
        self._send(found | {"id": request["id"]})

    def _refuse(self, content: Content, message: str) -> None:
        if content.get("kind") == "review":  # the view waits for a review, also after an error
            self._send(no_review(str(content["id"]), message))
        else:
            super()._refuse(content, message)


def parse(content: Content) -> Request | None:
    """Return a message of the page as a request.

    Args:
        content: the message; it has an id.

    Returns:
        the request; None if the panel does not know it.
    """
    id = str(content["id"])
    match content:
        case {"kind": "submit" | "again" | "review" as kind}:
            form = cast("Form", content.get("form"))  # `FormPanel._take_form` checks it
            return {"kind": kind, "id": id, "form": form}
        case {"kind": "look" | "close" | "use" as kind, "record": str(record)}:
            return {"kind": kind, "id": id, "record": record}
        case {"kind": "cancel"}:
            return {"kind": "cancel", "id": id}
        case {"kind": "token", "token": str(token)}:
            return {"kind": "token", "id": id, "token": token}
        case {"kind": "browse"}:
            return {"kind": "browse", "id": id, "path": str(content.get("path", ""))}
    return None
