"""Requests of the monitor's view."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.errors import InvalidInput, JobUnread
from bspsa_widgets.jobs import cancel
from bspsa_widgets.jobs.tracked_job import TrackedJob
from bspsa_widgets.jobs.tracker import JobTracker
from bspsa_widgets.logs.follow import LINES
from bspsa_widgets.runtime.owned_tasks import OwnedTasks
from bspsa_widgets.widgets.base.contract import Reply
from bspsa_widgets.widgets.base.messages import Content, ViewMessages
from bspsa_widgets.widgets.monitor.contract import (
    Details,
    EndRequest,
    Log,
    LogRequest,
    Request,
    Rows,
)
from bspsa_widgets.widgets.monitor.downloads import Downloads
from bspsa_widgets.widgets.monitor.error_replies import refusal
from bspsa_widgets.widgets.monitor.files import JobFiles
from bspsa_widgets.widgets.monitor.files_contract import Downloaded, Files, Preview, Unpacked
from bspsa_widgets.widgets.monitor.job_actions import JobActions
from bspsa_widgets.widgets.monitor.open_job import OpenJob
from bspsa_widgets.widgets.monitor.open_log import OpenLog
from bspsa_widgets.widgets.monitor.panel import MonitorPanel
from bspsa_widgets.widgets.monitor.rows import JobRows

Answer = Details | Files | Downloaded | Log | Preview | Reply | Rows | Unpacked
Found = TypeVar("Found")
More = ParamSpec("More")
Work = Coroutine[Any, Any, Answer | None]
OnJob = Callable[Concatenate[ServiceAccountClient, TrackedJob, More], Coroutine[Any, Any, Found]]


class MonitorParts(NamedTuple):
    """Parts of the monitor that answer the requests.

    Attributes:
        mine: tracker of all jobs.
        rows: rows of the table.
        actions: actions on one job.
        opened: the open job.
        log: the open log.
        files: files of the jobs.
        downloads: downloads of the panel.
    """

    mine: JobTracker
    rows: JobRows
    actions: JobActions
    opened: OpenJob
    log: OpenLog
    files: JobFiles
    downloads: Downloads
    use_token: Callable[[str], None]


class MonitorRequests(ViewMessages[Answer]):
    """Custom messages of one monitor.

    Args:
        panel: panel whose view sends the requests.
        tasks: work that ends with it.
        parts: parts of the panel that answer.
    """

    def __init__(self, panel: MonitorPanel, tasks: OwnedTasks, parts: MonitorParts) -> None:
        super().__init__(panel, tasks)
        self._parts = parts

    def _do(self, content: Content) -> None:
        request = parse(content)
        if request is not None and request["kind"] == "token":
            self._parts.use_token(request["token"])
            self._reply(content, ok=True)
        elif request is not None and (work := self._work(request)) is not None:
            self._later(content, work)
        else:
            self._refuse_unknown(content)

    def _work(self, request: Request) -> Work | None:
        """Return what answers a request; None if nothing does."""
        match request["kind"]:
            case "rows":
                return self._parts.rows.all()
            case "refresh":
                return self._refresh()
            case "forget":
                return self._parts.mine.forget()
            case "open":
                return self._open(request["key"])
            case "close":
                return self._close(request["key"])
            case "log":
                return self._open_log(request)
            case "unfollow":
                return self._unfollow()
            case "end":
                return self._end(request)
        return self._work_on_files(request)

    def _work_on_files(self, request: Request) -> Work | None:
        files, downloads = self._parts.files, self._parts.downloads
        match request["kind"]:
            case "files":
                return self._on(files.listed, request["key"])
            case "preview":
                return self._on(files.preview, request["key"], request["name"])
            case "unpack":
                return self._on(files.unpack, request["key"], request["name"])
            case "download":
                wanted = (request["names"], request["folder"], request["replace"])
                return self._on(downloads.run, request["key"], *wanted)
            case "stop_download":
                return self._stop_download(request["key"])
        return None

    async def _on(
        self,
        work: OnJob[More, Found],
        key: str,
        *more: More.args,
        **options: More.kwargs,
    ) -> Found:
        """Call a function with the current service and a job of the table."""
        tracked = self._job(key)
        return await work(await self._parts.actions.service(), tracked, *more, **options)

    async def _refresh(self) -> None:
        reading = await self._parts.mine.refresh()
        if reading.problem is not None:
            raise reading.problem

    async def _open(self, key: str) -> Details:
        self._parts.log.close()
        return await self._parts.opened.open(self._job(key))

    async def _close(self, key: str) -> None:
        self._parts.opened.close(key)

    async def _open_log(self, request: LogRequest) -> Log:
        tracked = self._job(request["key"])
        stream, lines, whole = request["stream"], request["lines"], request["whole"]
        service = await self._parts.actions.service()
        return await self._parts.log.open(service, tracked, stream, lines, whole=whole)

    async def _unfollow(self) -> None:
        self._parts.log.close()

    async def _stop_download(self, key: str) -> None:
        self._parts.downloads.stop(key)

    async def _end(self, request: EndRequest) -> Reply:
        what, tracked = request["what"], self._job(request["key"])
        try:
            ended = await self._parts.actions.end(tracked, what, unread=request["unread"])
        except JobUnread as error:
            again = "Press the button again: it asks once more, and says what may be lost."
            return _reply(ok=False, message=f"{error.message} {again}")
        return _reply(ok=True, message=cancel.ended_words(ended, what))

    def _job(self, key: str) -> TrackedJob:
        tracked = self._parts.mine.table.get(key)
        if tracked is None:
            raise InvalidInput(
                "job", "This job is not in the list any more.", allowed="Refresh it."
            )
        return tracked

    def _refuse(self, content: Content, message: str) -> None:
        shaped = refusal(content, message)
        if shaped is None:
            super()._refuse(content, message)
        else:
            shaped["id"] = str(content["id"])
            self._send(shaped)


def parse(content: Content) -> Request | None:
    """Return a message of the page as a request.

    Args:
        content: the message; it has an id.

    Returns:
        the request; None if the monitor does not know it.

    Raises:
        InvalidInput: (`names` or `replace`) it is not a list of texts.
    """
    id = str(content["id"])
    match content:
        case {"kind": "rows" | "refresh" | "forget" as kind}:
            return {"kind": kind, "id": id}
        case {"kind": "token", "token": str(token)}:
            return {"kind": "token", "id": id, "token": token}
        case {"key": str(key)}:
            return _of_a_job(content, id, key)
    return None


def _of_a_job(content: Content, id: str, key: str) -> Request | None:
    match content:
        case {"kind": "open" | "close" | "unfollow" | "files" | "stop_download" as kind}:
            return {"kind": kind, "id": id, "key": key}
        case {"kind": "log", "stream": "stdout" | "stderr" as stream}:
            lines = content.get("lines")
            return {
                "kind": "log",
                "id": id,
                "key": key,
                "stream": stream,
                "lines": lines if isinstance(lines, int) else LINES,
                "whole": content.get("whole") is True,
            }
        case {"kind": "end", "what": "cancel" | "delete" as what}:
            unread = content.get("unread") is True
            return {"kind": "end", "id": id, "key": key, "what": what, "unread": unread}
        case {"kind": "preview" | "unpack" as kind, "name": str(name)}:
            return {"kind": kind, "id": id, "key": key, "name": name}
        case {"kind": "download"}:
            folder = content.get("folder")
            return {
                "kind": "download",
                "id": id,
                "key": key,
                "names": _texts(content, "names"),
                "folder": folder if isinstance(folder, str) else "",
                "replace": _texts(content, "replace"),
            }
    return None


def _texts(content: Content, name: str) -> list[str]:
    """Return a list of texts of the request.

    Raises:
        InvalidInput: it is not a list of texts.
    """
    found = content.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InvalidInput(
            name, f"{found!r:.60} is not a list of names.", allowed="Reload the page."
        )
    return list(found)


def _reply(*, ok: bool, message: str) -> Reply:
    return {"kind": "reply", "id": "", "ok": ok, "message": message}
