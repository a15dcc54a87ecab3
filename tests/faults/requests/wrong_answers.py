"""Row 5: answers with wrong types, NaN, unknown stages, missing and extra keys, at any depth."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import psutil

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import JobFile, JobRef
from bspsa_widgets.errors import BspsaError, Unconfirmed
from bspsa_widgets.submission import messages
from tests.faults.figures import Case
from tests.faults.rows import Row
from tests.faults.sending import PIZDAINT, TOKEN, new_records, send
from tests.faulty_server import Account, FaultyServer, Received, Reply, contract
from tests.virtual_time import run_virtual

MOST_GROWTH = 64 << 20  # bytes of memory, over all cases of a process
WARM = 20  # cases after which a process has loaded what it needs

_LEAVES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, 10**30, float("nan"), float("inf"), float("-inf")),
    *("", " ", "x", "NaN", "\x00", "\ud800", "<b>bold</b>", "a\r\nb", "é日本", "x" * 5_000),
    *([], {}, [[]], [None], {"": None}, "SUBLIMATED", "2019-13-45T99:99:99Z"),
)
_TEXTS: tuple[bytes, ...] = (
    *(b"", b" ", b"{", b"[1,", b"nul", b"\xff\xfe", b"1e999", b"-Infinity", b"[NaN]"),
    *(b"[" * 100_000, b'{"a":' * 50_000, b"[" + b"0," * 200_000 + b"0]", b"9" * 10_000),
    *(b"\xef\xbb\xbf[]", b'"\\ud800"', b'{"job_id":"x","job_id":5}', b"<h1>Log in</h1>"),
)
_memory: list[int] = []


def play(case: Case) -> None:
    drawn = random.Random(case.seed)
    account = _Odd(drawn)
    if drawn.random() < 0.2:
        run_virtual(_post(case, account))
    else:
        run_virtual(_reads(case, account))
    _watch_memory(case)


async def _reads(case: Case, account: _Odd) -> None:
    """Every read there is, each with an answer of its own."""
    ref = JobRef("pizdaint", "bsp_pizdaint_01", "X")
    async with FaultyServer(account) as server, ServiceAccountClient(server.url, TOKEN) as client:
        file = JobFile(name="out", key="out")
        for ask in (
            *(client.status, client.systems, client.projects, client.quotas, client.jobs),
            *(lambda: client.job(ref), lambda: client.files(ref), lambda: client.delete(ref)),
            *(lambda: client.quotas("nsg", "a"), lambda: client.download(ref, file, _target())),
        ):
            try:
                found: Any = await ask()
            except BspsaError as error:
                case.note("errors")
                case.check(not error.job_may_exist, f"a read left a job open: {error!r}")
                _show(str(error))
            else:
                case.note("read")
                _show(repr(found))


async def _post(case: Case, account: _Odd) -> None:
    """The answer to a POST; the lists around it are as odd."""
    records = new_records()
    try:
        async with FaultyServer(account) as server:
            account.only_post = True
            ended = await send(server.url, records, PIZDAINT, seconds=20.0)
            posts = server.posts
            case.check(posts == 1, f"{posts} requests")
        if ended.error is not None:
            case.check(isinstance(ended.error, Unconfirmed), f"ended in {ended.error!r}")
            _show(" ".join(messages.ended(ended.error)))
        case.check(ended.record is not None, "the record cannot be read again")
        case.note("unconfirmed" if ended.error else "accepted")
    finally:
        shutil.rmtree(records.folder)


def _show(text: str) -> None:
    """As a view and a terminal have to: half a character would break them."""
    text.encode()


def _target() -> Path:
    return Path(tempfile.mkdtemp(prefix="target-"))


def _watch_memory(case: Case) -> None:
    _memory.append(psutil.Process().memory_info().rss)
    if len(_memory) > WARM:
        growth = _memory[-1] - _memory[WARM]
        case.check(growth < MOST_GROWTH, f"memory grew by {growth >> 20} MiB")
    del _memory[WARM + 1 :]


class _Odd(Account):
    """Answers as a service does, but for the types and keys; always with 200 or 201."""

    def __init__(self, drawn: random.Random) -> None:
        super().__init__()
        self._drawn = drawn
        self.only_post = False

    def __call__(self, request: Received) -> Reply:
        if request.method == "POST":
            job = contract("submit_pizdaint.json")["response"]["body"]
            # What was made is not asked here: any 2xx but a job is to leave it open.
            return self._odd(
                job | {"title": json.loads(request.header("Payload")[0])["title"]}, 201
            )
        if self.only_post:
            return Reply.json([])
        return self._odd(self._model(request), 200)

    def _model(self, request: Received) -> Any:
        noun = request.target.strip("/").split("/")[0]
        job = contract("submit_pizdaint.json")["response"]["body"]
        models: dict[str, Any] = {
            "status": {"bsp-service-account-status": 1},
            "hpc": [{"id": "NSG", "name": "NSG"}],
            "quotas": contract("quotas.json")["list"]["body"],
            "projects": [{"id": 1, "name": "a", "hpc": "NSG", "time_left": 5, "init_time": 7}],
            "jobs": [job] if request.target.count("/") < 5 else job,
            "files": ["/stdout", {"filename": "a", "fileid": "7", "length": "12"}],
        }
        return models.get(noun, [])

    def _odd(self, model: Any, status: int) -> Reply:
        drawn = self._drawn
        if drawn.random() < 0.1:
            return Reply.html(status, "<h1>Please log in</h1>")
        if drawn.random() < 0.15:
            return Reply(status, drawn.choice(_TEXTS))
        return Reply(status, json.dumps(_altered(model, drawn)).encode())


def _altered(value: Any, drawn: random.Random) -> Any:
    """The value with some of its parts replaced, dropped or added."""
    if drawn.random() < 0.12:
        return drawn.choice(_LEAVES)
    if isinstance(value, list):
        return [
            _altered(entry, drawn) for entry in value for _ in range(drawn.choice((0, 1, 1, 2)))
        ]
    if isinstance(value, dict):
        kept = {key: _altered(entry, drawn) for key, entry in value.items() if drawn.random() < 0.9}
        return kept | ({"extra": drawn.choice(_LEAVES)} if drawn.random() < 0.3 else {})
    return value


ROWS = (Row("5", "answers of wrong types, depth and size", 5_000, 80, play),)
