"""What the view of the monitor asks for (js/src/monitor/contract.ts: `Request`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.submission import ending
from bspsa_widgets.submission.known_job import KnownJob
from bspsa_widgets.submission.my_jobs import MyJobs
from bspsa_widgets.widgets.answering import Answering
from bspsa_widgets.widgets.job_desk import JobDesk
from bspsa_widgets.widgets.job_details import no_details
from bspsa_widgets.widgets.job_rows import JobRows
from bspsa_widgets.widgets.opened_job import OpenedJob

if TYPE_CHECKING:
    from bspsa_widgets.widgets.job_monitor import JobMonitor

Content = dict[str, Any]


class MonitorRequests(Answering):
    """The custom messages of one monitor.

    Args:
        panel: whose view asks. mine, rows, desk, opened: parts of it.
    """

    def __init__(
        self, panel: JobMonitor, mine: MyJobs, rows: JobRows, desk: JobDesk, opened: OpenedJob
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._mine = mine
        self._rows = rows
        self._desk = desk
        self._opened = opened

    def _do(self, content: Content) -> None:
        match content.get("kind"):
            case "hello":
                self._reply(content, ok=True)
            case "rows":
                self._later(content, self._rows.all())
            case "refresh":
                self._later(content, self._refresh())
            case "token" if isinstance(content.get("token"), str):
                self._panel.use_token(content["token"])
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
            case "end" if content.get("what") in ("cancel", "delete"):
                self._later(content, self._end(key, content["what"]))
            case kind:
                self._reply(content, ok=False, message=f"Unknown request {kind!r:.40}.")

    async def _refresh(self) -> None:
        reading = await self._mine.refresh()
        if reading.problem is not None:
            raise reading.problem

    async def _open(self, key: str) -> Content:
        return await self._opened.open(self._job(key))

    async def _close(self, key: str) -> None:
        self._opened.close(key)

    async def _end(self, key: str, what: ending.What) -> Content:
        job = await self._desk.end(self._job(key), what)
        return {"kind": "reply", "ok": True, "message": ending.ended_words(job, what)}

    def _job(self, key: str) -> KnownJob:
        known = self._mine.table.get(key)
        if known is None:
            raise InvalidInput(
                "job", "This job is not in the list any more.", allowed="Refresh it."
            )
        return known

    def _refuse(self, content: Content, message: str) -> None:
        if content.get("kind") == "open" and isinstance(content.get("key"), str):
            refused = no_details(content["key"], message)
            self._view.send(refused | {"id": content["id"]})
        else:
            super()._refuse(content, message)
