"""One job on NSG, where the request that cancels a running job deletes one that is over."""

from __future__ import annotations

from typing import Any, Literal

from bspsa_widgets.domain.jobs import JobRef
from tests.faulty_server import Received, Reply, contract

BODY: dict[str, Any] = contract("submit_nsg.json")["response"]["body"]
REF = JobRef("nsg", "bsp_nsg_01", BODY["job_id"])
OVER = {"stage": "COMPLETED", "terminal_stage": True, "failed": False}
RUNNING = {"stage": "SUBMITTED"}

Delete = Literal["works", "page", "lost", "ignored"]


class NsgJob:
    """What a service answers of the job, and what it does to it.

    Args:
        reads: the job can be read; else each read of it, alone or in a list, is answered 500.
        delete: what a DELETE comes to. "works": the job is cancelled, or deleted if it was
            over. "page": 500 with a web page, and nothing is done. "lost": the connection ends
            without an answer, and nothing is done. "ignored": 200, and nothing is done.
        ends: the job comes to its end between a read and the DELETE.
        job: further keys of it.

    Attributes:
        files: content by name; gone once the job is deleted.
        deletes: how many DELETEs came.
    """

    def __init__(
        self, *, reads: bool = True, delete: Delete = "works", ends: bool = False, **job: Any
    ) -> None:
        self.job = BODY | job
        self.reads = reads
        self.delete = delete
        self.ends = ends
        self.files = {"spikes.txt": "1 2 3"}
        self.deletes = 0

    def __call__(self, request: Received) -> Reply:
        parts = request.target.strip("/").split("/")
        if request.method == "DELETE":
            return self._deleted()
        if parts[0] == "files":
            return self._file(parts[4:])
        if parts[0] == "jobs":
            if not self.reads:
                return Reply.html(500)
            return Reply.json(self.job if len(parts) == 4 else [self.job])
        if request.target == "/status/":
            return Reply.json({"bsp-service-account-status": 1})
        return Reply.json([])

    def _deleted(self) -> Reply:
        self.deletes += 1
        if self.ends:
            self.job |= OVER
        if self.delete == "page":
            return Reply.html(500)
        if self.delete == "lost":
            return Reply(raw=b"", end="close")
        if self.delete == "works":
            if self.job["terminal_stage"]:
                self.job["stage"] = "DELETED"
                self.files = {}
            else:
                self.job["stage"] = "CANCELED"
        return Reply.json(self.job)

    def _file(self, key: list[str]) -> Reply:
        if not key:
            listed = [
                {"fileid": f"id-{name}", "filename": name, "length": str(len(text))}
                for name, text in self.files.items()
            ]
            return Reply.json(listed)
        text = self.files.get(key[0].removeprefix("id-"))
        return Reply.html(500) if text is None else Reply(200, text, "application/octet-stream")
