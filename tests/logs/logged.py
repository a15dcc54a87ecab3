"""A service with one job that prints, for the tests of logs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bspsa_widgets.domain.jobs import Job, JobRef
from tests.faulty_server import Received, Reply
from tests.virtual_time import elapsed

JOB_IDS = {
    "pizdaint": "AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA",
    "nsg": "NGBW-JOB-PY_TG-0123456789ABCDEF0123456789ABCDEF",
}
ENDS = {"pizdaint": "SUCCESSFUL", "nsg": "COMPLETED"}
KINDS = {"pizdaint": "RUNNING", "nsg": "SUBMITTED"}


@dataclass
class Logged:
    """Answers as the real service does, or with ranges; use it in virtual time.

    Attributes:
        printed: what the streams hold after so many virtual seconds; None: there is no file.
        ends: virtual second at which the job is over. failed: it fails then.
        is_ranged: knows ranges, which the real service does not.
        fails: answers so to requests for files, where it says anything.
        downloads: (virtual second, bytes sent) of each. lists: virtual seconds.
    """

    printed: Callable[[str, float], bytes | None]
    hpc: str = "pizdaint"
    ends: float = float("inf")
    failed: bool = False
    is_ranged: bool = True
    names: dict[str, str] = field(default_factory=dict)
    fails: Callable[[Received], Reply | None] = lambda _: None
    downloads: list[tuple[float, int]] = field(default_factory=list)
    lists: list[float] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return elapsed() >= self.ends

    @property
    def body(self) -> dict[str, Any]:
        over = self.is_over
        end = "FAILED" if self.failed and self.hpc == "pizdaint" else ENDS[self.hpc]
        return {
            "job_id": JOB_IDS[self.hpc],
            "project_hpc": self.hpc.upper(),
            "project_name": f"bsp_{self.hpc}_01",
            "stage": end if over else KINDS[self.hpc],
            "terminal_stage": over,
            "failed": self.failed if over else True,
            "runtime": 2.0,
        }

    @property
    def job(self) -> Job:
        return Job.parse(self.body)

    @property
    def ref(self) -> JobRef:
        return JobRef.of(self.job)

    def __call__(self, request: Received) -> Reply:
        parts = request.target.strip("/").split("/")
        if parts[0] == "jobs":
            return Reply.json(self.body)
        if (answer := self.fails(request)) is not None:
            return answer
        if len(parts) == 4:
            self.lists.append(elapsed())
            return self._list()
        return self._file(parts[4], request)

    def content(self, stream: str) -> bytes | None:
        return self.printed(stream, min(elapsed(), self.ends))

    def _name(self, stream: str) -> str:
        usual = stream.upper() if self.hpc == "nsg" else stream
        return self.names.get(stream, usual)

    def _list(self) -> Reply:
        found = [
            (number, self._name(stream), content)
            for number, stream in enumerate(("stdout", "stderr"))
            if (content := self.content(stream)) is not None
        ]
        if self.hpc == "pizdaint":
            names = [f"/{name}" for _, name, _ in found]
            return Reply.json(names) if names else Reply.json([], 404)
        if self.is_over:
            return Reply.json(
                [
                    {"fileid": f"10{number}", "filename": name, "length": str(len(content))}
                    for number, name, content in found
                ]
            )
        return Reply.json(
            [
                {"filename": name, "length": str(len(content)), "modified": f"{elapsed():g}"}
                for _, name, content in found
            ]
        )

    def _file(self, key: str, request: Received) -> Reply:
        streams = {self._name(stream): stream for stream in ("stdout", "stderr")}
        if self.hpc == "nsg" and self.is_over:
            streams = {"100": "stdout", "101": "stderr"}
        content = self.content(streams[key]) if key in streams else None
        if content is None:
            return Reply.json("", 404) if self.hpc == "pizdaint" else Reply.html(500)
        return self._sent(content, request)

    def _sent(self, content: bytes, request: Received) -> Reply:
        asked = (request.header("Range") or [""])[0]
        place = re.fullmatch(r"bytes=(\d*)-(\d*)", asked) if self.is_ranged else None
        if place is None:
            self.downloads.append((elapsed(), len(content)))
            return Reply(200, content, "application/octet-stream")
        first = int(place[1]) if place[1] else max(0, len(content) - int(place[2]))
        last = min(int(place[2]), len(content) - 1) if place[1] else len(content) - 1
        if first > last:
            total = (("Content-Range", f"bytes */{len(content)}"),)
            return Reply(416, "", None, headers=total)
        part = content[first : last + 1]
        self.downloads.append((elapsed(), len(part)))
        where = (("Content-Range", f"bytes {first}-{last}/{len(content)}"),)
        return Reply(206, part, "application/octet-stream", headers=where)
