"""Requests of the monitor's view (js/src/monitor/contract.ts: `Request`)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from bspsa_widgets.errors import InvalidInput, JobUnread
from bspsa_widgets.jobs import cancel
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.jobs.tracker import JobTracker
from bspsa_widgets.logs.follow import LINES
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.base.messages import ViewMessages
from bspsa_widgets.widgets.monitor.downloads import Downloads
from bspsa_widgets.widgets.monitor.error_replies import refusal
from bspsa_widgets.widgets.monitor.files import JobFiles
from bspsa_widgets.widgets.monitor.job_actions import JobActions
from bspsa_widgets.widgets.monitor.open_job import OpenJob
from bspsa_widgets.widgets.monitor.open_log import OpenLog
from bspsa_widgets.widgets.monitor.panel import MonitorPanel
from bspsa_widgets.widgets.monitor.rows import JobRows

Content = dict[str, Any]


class MonitorParts(NamedTuple):
    """Parts of the monitor that answer the requests.

    Attributes:
        mine: tracker of all jobs.
        rows: rows of the table.
        desk: actions on one job.
        opened: the open job.
        log: the open log.
        files: files of the jobs.
        downloads: downloads of the panel.
    """

    mine: JobTracker
    rows: JobRows
    desk: JobActions
    opened: OpenJob
    log: OpenLog
    files: JobFiles
    downloads: Downloads
    use_token: Callable[[str], None]


class MonitorRequests(ViewMessages):
    """Custom messages of one monitor.

    Args:
        panel: panel whose view sends the requests.
        held: work that ends with it.
        parts: parts of the panel that answer.
    """

    def __init__(self, panel: MonitorPanel, held: OwnedTasks, parts: MonitorParts) -> None:
        super().__init__(panel, held)
        self._parts = parts

    def _do(self, content: Content) -> None:
        match content.get("kind"):
            case "rows":
                self._later(content, self._parts.rows.all())
            case "refresh":
                self._later(content, self._refresh())
            case "forget":
                self._later(content, self._parts.mine.forget())
            case "token" if isinstance(content.get("token"), str):
                self._parts.use_token(content["token"])
                self._reply(content, ok=True)
            case _ if isinstance(content.get("key"), str):
                self._do_with_a_job(content, content["key"])
            case kind:
                self._reply(content, ok=False, message=f"Unknown request {kind!r:.40}.")

    def _do_with_a_job(self, content: Content, key: str) -> None:
        match content.get("kind"):
            case "open":
                self._later(content, self._open(key))
            case "close":
                self._later(content, self._close(key))
            case "log" if content.get("stream") in ("stdout", "stderr"):
                self._later(content, self._open_log(key, content))
            case "unfollow":
                self._later(content, self._unfollow())
            case "end" if content.get("what") in ("cancel", "delete"):
                self._later(content, self._end(key, content))
            case _:
                self._do_with_files(content, key)

    def _do_with_files(self, content: Content, key: str) -> None:
        parts, name = self._parts, content.get("name")
        match content.get("kind"):
            case "files":
                self._later(content, self._on(parts.files.listed, key))
            case "preview" if isinstance(name, str):
                self._later(content, self._on(parts.files.preview, key, name))
            case "unpack" if isinstance(name, str):
                self._later(content, self._on(parts.files.unpack, key, name))
            case "download":
                names, replace = _texts(content, "names"), _texts(content, "replace")
                folder = content.get("folder")
                folder = folder if isinstance(folder, str) else ""
                self._later(content, self._on(parts.downloads.run, key, names, folder, replace))
            case "stop_download":
                self._later(content, self._stop_download(key))
            case kind:
                self._reply(content, ok=False, message=f"Unknown request {kind!r:.40}.")

    async def _on(
        self, work: Callable[..., Coroutine[Any, Any, Content]], key: str, *more: Any
    ) -> Content:
        """Call a function with the current service and a job of the table."""
        known = self._job(key)
        return await work(await self._parts.desk.service(), known, *more)

    async def _refresh(self) -> None:
        reading = await self._parts.mine.refresh()
        if reading.problem is not None:
            raise reading.problem

    async def _open(self, key: str) -> Content:
        self._parts.log.close()
        return await self._parts.opened.open(self._job(key))

    async def _close(self, key: str) -> None:
        self._parts.opened.close(key)

    async def _open_log(self, key: str, content: Content) -> Content:
        lines, whole = content.get("lines"), content.get("whole") is True
        known = self._job(key)
        count = lines if isinstance(lines, int) else LINES
        return await self._parts.log.open(
            await self._parts.desk.service(), known, content["stream"], count, whole=whole
        )

    async def _unfollow(self) -> None:
        self._parts.log.close()

    async def _stop_download(self, key: str) -> None:
        self._parts.downloads.stop(key)

    async def _end(self, key: str, content: Content) -> Content:
        what: cancel.What = content["what"]
        unread = content.get("unread") is True
        try:
            ended = await self._parts.desk.end(self._job(key), what, unread=unread)
        except JobUnread as error:
            again = "Press the button again: it asks once more, and says what may be lost."
            return {"kind": "reply", "ok": False, "message": f"{error.message} {again}"}
        return {"kind": "reply", "ok": True, "message": cancel.ended_words(ended, what)}

    def _job(self, key: str) -> TrackedJob:
        known = self._parts.mine.table.get(key)
        if known is None:
            raise InvalidInput(
                "job", "This job is not in the list any more.", allowed="Refresh it."
            )
        return known

    def _refuse(self, content: Content, message: str) -> None:
        shaped = refusal(content, message)
        if shaped is None:
            super()._refuse(content, message)
        else:
            self._send(shaped | {"id": content["id"]})


def _texts(content: Content, name: str) -> tuple[str, ...]:
    """Return a list of texts of the request.

    Raises:
        InvalidInput: it is not a list of texts.
    """
    found = content.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InvalidInput(
            name, f"{found!r:.60} is not a list of names.", allowed="Reload the page."
        )
    return tuple(found)
