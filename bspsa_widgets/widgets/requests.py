"""What the view asks for: each request is answered exactly once, and done at most once."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bspsa_widgets.errors import BspsaError
from bspsa_widgets.widgets.background import background
from bspsa_widgets.widgets.browse import listing
from bspsa_widgets.widgets.review_state import no_review
from bspsa_widgets.widgets.reviews import Reviews

if TYPE_CHECKING:
    from bspsa_widgets.widgets.job_submitter import JobSubmitter

log = logging.getLogger(__name__)

REMEMBERED = 1000  # ids of requests; a message that comes twice comes soon after the first


class Requests:
    """The custom messages of one panel.

    Args:
        panel: whose view asks.
        reviews: of its folder.
        root: where its browsing is kept.
    """

    def __init__(self, panel: JobSubmitter, reviews: Reviews, root: Path) -> None:
        self._panel = panel
        self._reviews = reviews
        self._root = root
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def on_message(self, _widget: object, content: Any, _buffers: object) -> None:
        """A message from the view; on whatever thread the kernel calls from."""
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            log.warning("the view sent a message without an id")
            return
        if self._is_known(content["id"]):
            return
        try:
            self._do(content)
        except BspsaError as error:
            self._reply(content, ok=False, message=str(error))
        except Exception:
            log.exception("a request of the view failed")
            self._reply(content, ok=False, message="Something went wrong; the log has more.")

    def _do(self, content: dict[str, Any]) -> None:
        match content.get("kind"):
            case "submit":
                self._panel.take_form(content.get("form"))
                self._panel.start("ask")
            case "again":
                self._panel.take_form(content.get("form"))
                self._panel.start("allow")
            case "look" if isinstance(content.get("record"), str):
                background().run(self._look(content), "looking for a job")
                return
            case "use" if isinstance(content.get("record"), str):
                self._panel.use_record(content["record"])
            case "cancel":
                self._panel.cancel()
            case "token" if isinstance(content.get("token"), str):
                self._panel.use_token(content["token"])
            case "review":
                self._panel.take_form(content.get("form"))
                self._reviews.answer(content["id"])
                return
            case "browse":
                background().run(self._browse(content), "browsing")
                return
            case kind:
                self._reply(content, ok=False, message=f"Unknown request {kind!r:.40}.")
                return
        self._reply(content, ok=True)

    async def _look(self, content: dict[str, Any]) -> None:
        try:
            await asyncio.wrap_future(self._panel.look(content["record"]))
        except BspsaError as error:
            self._reply(content, ok=False, message=str(error))
        except Exception:
            log.exception("looking for a job failed")
            self._reply(content, ok=False, message="Something went wrong; the log has more.")
        else:
            self._reply(content, ok=True)

    async def _browse(self, content: dict[str, Any]) -> None:
        try:
            found = await asyncio.to_thread(listing, self._root, str(content.get("path", "")))
        except Exception:
            log.exception("browsing failed")
            self._reply(content, ok=False, message="This folder cannot be shown.")
            return
        self._panel.send({"kind": "listing", "id": content["id"]} | found)

    def _reply(self, content: dict[str, Any], *, ok: bool, message: str = "") -> None:
        if content.get("kind") == "review":  # the view waits for one, also where it is refused
            self._panel.send(no_review(content["id"], self._panel.folder, message))
            return
        self._panel.send({"kind": "reply", "id": content["id"], "ok": ok, "message": message})

    def _is_known(self, request: str) -> bool:
        with self._lock:
            known = request in self._known
            self._known[request] = None
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return known
