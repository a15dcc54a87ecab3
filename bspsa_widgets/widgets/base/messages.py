"""Answers a view's custom messages: each request once, and done at most once."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from typing import Any, Generic, TypedDict, TypeVar, cast

from bspsa_widgets.errors import BspsaError
from bspsa_widgets.runtime.event_loop import Result
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.base.contract import Hello, Reply
from bspsa_widgets.widgets.base.panel import Panel
from bspsa_widgets.widgets.base.views import Views

log = logging.getLogger(__name__)

REMEMBERED = 1000  # ids of requests; a repeated message comes soon after the first
GONE_SECONDS = 30.0  # seconds in which a deleted cell may be restored with its output
CHECK_SECONDS = 5.0  # seconds between two checks whether another view is still open
BROKEN = "Something went wrong; the log has more."

Content = Mapping[str, object]  # what a page has sent: anything, but with an id


class _WithId(TypedDict):
    id: str


Answer = TypeVar("Answer", bound=_WithId)


class ViewMessages(Generic[Answer]):
    """Answers the requests of one panel; `_do` handles each kind.

    Args:
        panel: panel whose view sends the requests.
        tasks: owner of tasks that end with the panel.

    Attributes:
        views: views of the panel on all pages.
    """

    def __init__(self, panel: Panel, tasks: OwnedTasks) -> None:
        self._view = panel
        self._tasks = tasks
        self._known: OrderedDict[str, None] = OrderedDict()
        self._under_way: set[str] = set()  # ids of requests without an answer yet
        self._lock = threading.Lock()
        self._leaving: Result[None] | None = None
        self.views = Views(on_gone=self._gone)

    def on_message(self, _widget: object, content: Any, _buffers: object) -> None:
        """Handle a message from the view, on the thread that the kernel calls from.

        Args:
            content: the message.
        """
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            log.warning("the view sent a message without an id")
            return
        view = content.get("view")
        view = view if isinstance(view, str) else ""
        if content.get("kind") == "bye":  # the view does not wait for an answer
            self.views.left(view, is_gone=content.get("is_gone") is True)
            return
        self.views.heard(view)
        if self._is_known(content["id"]):
            return
        if content.get("kind") == "hello":
            self._greet(content["id"])
            return
        self._under_way.add(content["id"])
        try:
            self._do(content)
        except BspsaError as error:
            self._refuse(content, str(error))
        except Exception:
            log.exception("a request of the view failed")
            self._refuse(content, BROKEN)

    def _gone(self) -> None:
        """Leave the pages after a while: no output shows the panel, but a cell may come back."""
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = self._tasks.run(self._leave_pages(), "leaving the pages")

    async def _leave_pages(self) -> None:
        await asyncio.sleep(GONE_SECONDS)
        # Another view is open, or its page was closed without a message: wait to find out.
        while self.views.said_gone and self.views.is_watched:  # noqa: ASYNC110
            await asyncio.sleep(CHECK_SECONDS)
        if self.views.is_gone:
            self._view._leave_pages()
            await self._view._rest()

    def _do(self, content: Content) -> None:
        """Answer the request, or start work that will; an error is sent to the view."""
        raise NotImplementedError

    def _later(self, content: Content, work: Coroutine[Any, Any, Answer | None]) -> None:
        """Start work on the background loop; its result is the answer, None means yes."""
        name = f"request {content.get('kind')!s:.40}"
        answered = self._tasks.run(self._answered(content, work), name)
        answered.add_done_callback(lambda _: work.close())  # never started if closed

    async def _answered(self, content: Content, work: Coroutine[Any, Any, Answer | None]) -> None:
        try:
            answer = await work
        except BspsaError as error:
            self._refuse(content, str(error))
        except Exception:
            log.exception("a request of the view failed")
            self._refuse(content, BROKEN)
        else:
            if answer is None:
                self._reply(content, ok=True)
            else:
                self._send(cast("Answer", {**answer, "id": str(content["id"])}))

    def _refuse(self, content: Content, message: str) -> None:
        """Answer with an error; subclasses use the shape of the request's own answer."""
        self._reply(content, ok=False, message=message)

    def _refuse_unknown(self, content: Content) -> None:
        message = f"Unknown request {content.get('kind')!r:.40}."
        self._reply(content, ok=False, message=message)

    def _reply(self, content: Content, *, ok: bool, message: str = "") -> None:
        self._send({"kind": "reply", "id": str(content["id"]), "ok": ok, "message": message})

    def _greet(self, request: str) -> None:
        """Tell the view that Python is running, and which requests are not answered yet."""
        waiting = sorted(self._under_way.copy())
        comm = self._view.model_id or ""
        hello: Hello = {"kind": "hello", "id": request, "comm": comm, "under_way": waiting}
        self._view.send(hello)

    def _send(self, answer: Answer | Reply) -> None:
        """Send the answer of a request; every answer goes through here."""
        self._view.send(answer)
        self._under_way.discard(answer["id"])  # only after it has been sent

    def _is_known(self, request: str) -> bool:
        with self._lock:
            known = request in self._known
            self._known[request] = None
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return known
