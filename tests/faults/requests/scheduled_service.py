"""A service that follows a schedule: it drops, stalls, cuts, delays, corrupts and lies.

What it says on the wire and what it did are two things; `jobs` is what it did.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from bspsa_widgets.domain.marker import new_marker, split
from tests.faults.requests.schedule import Schedule
from tests.faulty_server import Received, Reply, contract, ending

FIRST_ID = 80  # of the jobs that were there before
_OTHER_MARKER = "nb-otherotherother2"
_WAIT = (("Retry-After", "7"),)


def _raw(text: str, **more: Any) -> Reply:
    return Reply(raw=text.encode("latin-1"), **more)


# Instead of the truth, to a read; those that need the truth are made of it.
READS: dict[str, Callable[[Reply], Reply]] = {
    "500 page": lambda truth: Reply.html(500),
    "500 json": lambda truth: Reply.json("broken", 500),
    "502": lambda truth: Reply.html(502),
    "503": lambda truth: Reply.html(503),
    "503 wait": lambda truth: Reply.html(503, headers=_WAIT),
    "429 wait": lambda truth: Reply.json("slowly", 429, headers=_WAIT),
    "504": lambda truth: Reply.html(504),
    "403": lambda truth: Reply.json(
        {"detail": "Authentication credentials were not provided."}, 403
    ),
    "401": lambda truth: Reply.json({"detail": "Invalid token."}, 401),
    "404": lambda truth: Reply.html(404),
    "200 page": lambda truth: Reply.html(200, "<h1>Please log in</h1>"),
    "200 object": lambda truth: Reply.json({"jobs": []}),
    "200 nothing": lambda truth: Reply(200),
    "200 half": lambda truth: ending(truth, "close", len(truth.bytes()) // 2),
    "200 corrupt": lambda truth: Reply(raw=_corrupt(truth.bytes(), 90), end="close"),
    "302": lambda truth: Reply(302, headers=(("Location", "https://elsewhere.example/login"),)),
    "garbage": lambda truth: Reply(raw=b"\x00\xff\x80 no HTTP \r\n\r\n", end="close"),
    "reset": lambda truth: Reply(raw=b"", end="reset"),
    "close": lambda truth: Reply(raw=b"", end="close"),
    "stall": lambda truth: Reply(raw=b"", end="stall"),
    "drip": lambda truth: ending(truth, "stall", len(truth.bytes()) - 1),
    "half head": lambda truth: ending(truth, "reset", 25),
}


def _corrupt(data: bytes, at: int) -> bytes:
    """One byte becomes what neither a head nor JSON may hold."""
    at %= len(data)
    return data[:at] + b"\x00" + data[at + 1 :]


def _chunked(job: Any) -> Reply:
    body = json.dumps(job)
    head = "HTTP/1.1 201 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return _raw(f"{head}{len(body):x}\r\n{body}\r\n0\r\n\r\n")


def _gzipped(job: Any) -> Reply:
    packed = gzip.compress(json.dumps(job).encode())
    return Reply(201, packed, headers=(("Content-Encoding", "gzip"),))


def _of_another(job: Any) -> Reply:
    other = contract("submit_pizdaint.json")["response"]["body"]
    return Reply.json(other | {"id": 7_000, "title": f"theirs [{_OTHER_MARKER}]"}, 201)


_XML = "<jobstatus><jobHandle>NGBW-1</jobHandle></jobstatus>"

# To a POST; given the job as the service has it ({} where there is none).
ANSWERS: dict[str, Callable[[Any], Reply]] = {
    "201": lambda job: Reply.json(job, 201),
    "201 title changed": lambda job: Reply.json(job | {"title": "Job 5"}, 201),
    "201 chunked": _chunked,
    "201 no length": lambda job: Reply.json(job, 201, length=-1, end="close"),
    "100 and 201": lambda job: Reply(
        raw=b"HTTP/1.1 100 Continue\r\n\r\n" + Reply.json(job, 201).bytes()
    ),
    "201 corrupt": lambda job: Reply(
        raw=_corrupt(Reply.json(job, 201).bytes(), int(job["id"]) * 37), end="close"
    ),
    "201 gzip": _gzipped,
    "400 title": lambda job: Reply.json(
        {"title": ["Ensure this has at most 100 characters."]}, 400
    ),
    "400 init_date": lambda job: Reply.json({"init_date": ["Datetime has wrong format."]}, 400),
    "400 job_id": lambda job: Reply.json({"job_id": job["job_id"]}, 400),
    "400 described": lambda job: Reply.json(_XML, 400),
    "400 words": lambda job: Reply.json("Wrong runtime value", 400),
    "400 detail": lambda job: Reply.json({"detail": "JSON parse error - Expecting value"}, 400),
    "400 page": lambda job: Reply.html(400),
    "401 quota": lambda job: Reply.json("Quota not enough!", 401),
    "401 detail": lambda job: Reply.json({"detail": "Invalid token."}, 401),
    "301": lambda job: Reply(301, headers=(("Location", "/jobs/"),)),
    "302": lambda job: Reply(302, headers=(("Location", "/login/"),)),
    "307": lambda job: Reply(307, headers=(("Location", "/jobs/pizdaint/bsp_pizdaint_01/"),)),
    "201 of another": _of_another,
    "201 words": lambda job: Reply.json("what?", 201),
    "201 page": lambda job: Reply.html(201),
    "201 empty": lambda job: Reply(201),
    "201 list": lambda job: Reply.json([], 201),
    "201 no id": lambda job: Reply.json({"title": "x", "id": 5}, 201),
    "200 list": lambda job: Reply.json([]),
    "200 page": lambda job: Reply.html(200),
    "202": lambda job: Reply.json("accepted", 202),
    "204": lambda job: Reply(204, content_type=None),
    "500 json": lambda job: Reply.json("broken", 500),
    "garbage": lambda job: Reply(raw=b"\x00\xff\x80 no HTTP \r\n\r\n", end="close"),
    "long head": lambda job: Reply(201, b"{}", headers=(("X-Long", "x" * 200_000),)),
    "bad chunks": lambda job: _raw(
        "HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", end="close"
    ),
    "too long": lambda job: Reply(201, b" " * (1 << 20) + b"{}"),
    "100 and no more": lambda job: Reply(raw=b"HTTP/1.1 100 Continue\r\n\r\n", end="stall"),
    "two lengths": lambda job: Reply(201, b"{}", headers=(("Content-Length", "77"),)),
}


@cache
def _job_like(hpc: str) -> dict[str, Any]:
    body: dict[str, Any] = contract(f"submit_{hpc}.json")["response"]["body"]
    return body


class Service:
    """Answers by a schedule. Give it to a `FaultyServer` that has the schedule's cuts.

    Attributes:
        jobs: that it made. is_healed: from now on it answers nothing but the truth.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.jobs: list[dict[str, Any]] = []
        self.is_healed = False
        self.has_post = False
        self._reads = 0
        self._looks = 0
        self._lists_since = 0
        self._late: set[asyncio.Task[None]] = set()

    def at_accept(self, number: int) -> Any:
        """How the connection of that number ends at once; None: it does not."""
        ends = self.schedule.connections
        return (ends[number - 1] or None) if not self.is_healed and number <= len(ends) else None

    async def __call__(self, request: Received) -> Reply:
        if request.method == "POST":
            return await self._take(request)
        truth = self._told(request)
        fault = self._fault()
        return READS[fault](truth) if fault else truth

    async def at_rest(self) -> None:
        """All that was going to be made is made."""
        await asyncio.gather(*self._late)

    def of(self, marker: str) -> list[dict[str, Any]]:
        """The jobs that one submission made."""
        return [job for job in self.jobs if split(job["title"])[1] == marker]

    async def _take(self, request: Received) -> Reply:
        plan = self.schedule
        self.has_post = True
        if plan.drops:
            task = asyncio.create_task(self._make_late(request))
            self._late.add(task)
            return Reply(raw=b"", end="reset" if plan.answer_end == "keep" else plan.answer_end)
        await asyncio.sleep(plan.takes)
        job = self._make(request)
        reply = ANSWERS.get(plan.answer, _plain(plan.answer))(job)
        if plan.answer_cut is None:
            return reply
        end = "close" if plan.answer_end == "keep" else plan.answer_end
        return ending(reply, end, plan.answer_cut)

    async def _make_late(self, request: Received) -> None:
        await asyncio.sleep(self.schedule.takes)
        self._make(request)

    def _make(self, request: Received) -> dict[str, Any]:
        if not self.schedule.makes:
            return {}
        asked = json.loads(request.header("Payload")[0])
        number = FIRST_ID + self.schedule.old_jobs + len(self.jobs) + 1
        # The service trims titles; it keeps all else.
        job = _numbered(self.schedule.hpc, number) | {"title": asked["title"].strip()}
        self.jobs.append(job)
        return job

    def _fault(self) -> str:
        """What goes wrong with this read."""
        if self.is_healed:
            return ""
        if self.has_post:
            faults, at = self.schedule.looks, self._looks
            self._looks += 1
        else:
            faults, at = self.schedule.reads, self._reads
            self._reads += 1
        return faults[at] if at < len(faults) else ""

    def _told(self, request: Received) -> Reply:
        parts = request.target.strip("/").split("/")
        if request.target == "/status/":
            return Reply.json({"bsp-service-account-status": 1})
        if parts[0] == "quotas":
            name = f"bsp_{self.schedule.hpc}_01"
            quota = {"project_name": name, "project_hpc": parts[1].upper(), "time_left": 72_000}
            return Reply.json(quota if len(parts) > 2 else [quota])
        if len(parts) == 4:
            shown = [job for job in self._shown() if job.get("job_id") == parts[3]]
            return Reply.json(shown[0]) if shown else Reply.json("Job not found!", 404)
        self._lists_since += self.has_post
        return Reply.json(self._list())

    def _shown(self) -> list[dict[str, Any]]:
        after = self.schedule.shows_after
        if self.is_healed:
            return self.jobs
        return self.jobs if after is not None and self._lists_since > after else []

    def _list(self) -> list[Any]:
        old = [
            _numbered(self.schedule.hpc, FIRST_ID + n + 1) for n in range(self.schedule.old_jobs)
        ]
        told: list[Any] = old + [dict(job) for job in self._shown()]
        if self.is_healed or not self.has_post:
            return told
        for lie in sorted(self.schedule.lies):
            told = _LIES[lie](told, self.jobs, self.schedule)
        return told


def _plain(status: str) -> Callable[[Any], Reply]:
    """For an answer that is a status and no more: `503`, `500 page`."""
    return lambda job: Reply.html(int(status.split()[0]))


def _numbered(hpc: str, number: int) -> dict[str, Any]:
    return _job_like(hpc) | {
        "id": number,
        "job_id": f"{number:08X}-9E15-4FE3-9F84-0EAEB4CC94AA",
        "title": f"job {number}",
    }


def _titled(change: Callable[[str], str]) -> Callable[..., list[Any]]:
    """A lie about the titles of the jobs with a marker."""

    def lie(told: list[Any], jobs: list[Any], plan: Schedule) -> list[Any]:
        return [
            entry | {"title": change(entry["title"])}
            if isinstance(entry, dict) and split(str(entry.get("title")))[1]
            else entry
            for entry in told
        ]

    return lie


def _with_others(told: list[Any], jobs: list[Any], plan: Schedule) -> list[Any]:
    theirs = [
        _numbered(plan.hpc, 500 + n) | {"title": f"CA1 fit [{new_marker()}]"} for n in range(3)
    ]
    return [*theirs, *told]


def _above(told: list[Any], jobs: list[Any], plan: Schedule) -> list[Any]:
    """Another job with the very same title. Only beside the true one: alone, nobody could tell."""
    real = any(
        isinstance(entry, dict) and entry.get("job_id") == job["job_id"]
        for job in jobs
        for entry in told
    )
    copies = [_numbered(plan.hpc, 900) | {"title": job["title"]} for job in jobs[:1] if real]
    return [*copies, *told]


def _without_id(told: list[Any], jobs: list[Any], plan: Schedule) -> list[Any]:
    return [
        {key: value for key, value in entry.items() if key != "id"}
        if isinstance(entry, dict)
        else entry
        for entry in told
    ]


_JUNK: tuple[Any, ...] = (
    None,
    5,
    "x",
    [],
    {},
    {"id": 1},
    {"job_id": 7},
    {"job_id": "", "title": []},
)

_LIES: dict[str, Callable[..., list[Any]]] = {
    "other markers": _with_others,
    "the same twice": lambda told, jobs, plan: told + told,
    "a copy above": _above,
    "junk entries": lambda told, jobs, plan: [*_JUNK, *told, *_JUNK],
    "title trimmed": _titled(str.strip),
    "title padded": _titled(lambda title: f"  {title} \t"),
    "title changed": _titled(lambda title: title.replace("CA1 fit", "CA1 &amp; more")),
    "marker gone": _titled(lambda title: split(title)[0]),
    "marker in capitals": _titled(str.upper),
    "id as text": lambda told, jobs, plan: [
        entry | {"id": str(entry["id"])} if isinstance(entry, dict) and "id" in entry else entry
        for entry in told
    ],
    "no id": _without_id,
}
