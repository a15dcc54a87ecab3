"""A job that puts something else in place of a file that its service opens.

The real application, dispatcher and runner, on one event loop: what the service says while
the job runs, after a restart, and once the job is cancelled.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import stat
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from bspsa_widgets.service.executors.dispatcher import Dispatcher
from bspsa_widgets.service.executors.local.executor import LocalExecutor
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.http.app import create_app
from bspsa_widgets.service.storage.store import Store, task_of
from tests.service.conftest import until, zipped
from tests.service.running import running_with

KINDS = ("a pipe", "a link to a file", "a link to a folder", "a socket", "a folder", "a device")
PLACES = {
    "pizdaint": (
        ".", "work", "work/job.zip", "work/stdout", "work/stderr", "results", "results/stdout",
        "results/stderr", "tmp", "spec.json", "state.json", "state.lock", "runner.log",
        "command.sh",
    ),
    "nsg": (
        ".", "work", "work/m", "work/m/data", "input", "input/job.zip", "results",
        "results/STDOUT", "results/STDERR", "results/output.tar.gz", "results/.output.tar.gz",
        "tmp", "spec.json", "state.json", "state.lock", "runner.log",
    ),
}  # fmt: skip

_TOKEN = "t" * 43
_SECONDS = 40  # for a case; it takes one or two
_SLOWEST = 10.0  # seconds for an answer
_SECRET = "canary-5d1c"  # outside of the job's folder: in a file, and as a file's name

# What the job does. The place may be its own folder: how it went, its last program's name says.
_PROGRAM = """
import os, shutil, socket, stat, sys
place, kind, outside, nonce = sys.argv[1:]
folder, name = os.path.split(place)
word = "replaced"
try:
    if os.path.isdir(place) and not os.path.islink(place): shutil.rmtree(place)
    elif os.path.lexists(place): os.unlink(place)
    if kind == "a pipe": os.mkfifo(place)
    if kind == "a link to a file": os.symlink(outside + "/file", place)
    if kind == "a link to a folder": os.symlink(outside, place)
    if kind == "a socket": os.chdir(folder); socket.socket(socket.AF_UNIX).bind(name)
    if kind == "a folder": os.mkdir(place)
    if kind == "a device": os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(1, 5))
except OSError:
    word = "not-replaced"
os.chdir("/")
os.execvp(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", nonce + word])
"""
_MAIN = """
import json, os, runpy, sys
place, *others = json.load(open("data"))
job = os.path.dirname(os.path.dirname(os.getcwd()))
sys.argv[1:] = [os.path.normpath(place.format(job)), *others]
runpy.run_path("program.py")
"""


def play(root: Path, hpc: str, place: str, kind: str, *, apart: bool) -> tuple[list[str], bool]:
    """One job that replaces one place.

    Args:
        root: an empty folder. place: relative to the job's folder. apart: by bubblewrap.

    Returns:
        What was wrong, in words; and whether the job could replace it.
    """
    way = "bspsa_widgets.service.executors.local.executor.sandbox_unavailable_reason"
    with mock.patch(way, return_value="" if apart else "a case"), alarm(root):
        return asyncio.run(_Case(root, hpc, place, kind).play())


@contextmanager
def alarm(root: Path, seconds: int = _SECONDS) -> Iterator[None]:
    """What hangs is woken by an error, and so is a thread that waits at a pipe."""

    def wake(number: int, frame: object) -> None:
        _open_pipes(root)
        raise AssertionError("the service hangs")

    before = signal.signal(signal.SIGALRM, wake)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        _open_pipes(root)


def _open_pipes(root: Path) -> None:
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with suppress(OSError):
                if stat.S_ISFIFO(os.lstat(path).st_mode):
                    os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


class _Case:
    """A service in this process, a job, and what is found wrong."""

    def __init__(self, root: Path, hpc: str, place: str, kind: str) -> None:
        self.hpc, self.place, self.kind = hpc, place, kind
        self.outside = root / "outside"
        self.outside.mkdir(parents=True)
        for name in ("file", _SECRET):
            (self.outside / name).write_text(_SECRET)
        self.nonce = uuid.uuid4().hex  # in the command line of the job's last program
        self.wrong: list[str] = []
        (root / "service" / "jobs").mkdir(parents=True)
        self.store = Store(root / "service")

    async def play(self) -> tuple[list[str], bool]:
        before = self._canary()
        dispatcher = await self._begin()
        try:
            job_id, replaced = await self._submit(dispatcher)
            await self._look(dispatcher, job_id)
            await dispatcher.close(stop_jobs=False)
            dispatcher = await self._begin()
            await self._look(dispatcher, job_id)
            ended = json.loads(await self._ask(dispatcher, "DELETE", f"/jobs/{job_id}/"))
            self._check(ended["terminal_stage"], f"it is {ended['stage']} after the cancel")
            left = await asyncio.to_thread(running_with, self.nonce)
            self._check(not left, f"{len(left)} processes are left after the cancel")
            await self._look(dispatcher, job_id)
        finally:
            await dispatcher.close(stop_jobs=True)
            self.store.close()
            for process in await asyncio.to_thread(running_with, self.nonce):
                process.kill()
        self._check(self._canary() == before, "something outside was changed")
        return self.wrong, replaced

    async def _begin(self) -> Dispatcher:
        async def report(job_id: str, progress: Any) -> None:
            await asyncio.to_thread(self.store.record, job_id, progress)

        dispatcher = Dispatcher(LocalExecutor(RunOptions()), report)
        await dispatcher.resume([task_of(self.store, job) for job in self.store.unfinished()])
        return dispatcher

    async def _submit(self, dispatcher: Dispatcher) -> tuple[str, bool]:
        """The job's path at the service once it has tried, and whether it could."""
        form = {"node_number": "1", "core_number": "1", "runtime": "1", "title": "replaces"}
        headers = {"Content-Disposition": "attachment; filename=job.zip"}
        nonce = self.nonce
        arguments = [f"{{}}/{self.place}", self.kind, str(self.outside), nonce]
        own = (
            {"tool": "PY_TG"}
            if self.hpc == "nsg"
            else {"command": "unzip -q job.zip; cd m; python init.py"}
        )
        headers["Payload"] = json.dumps(form | own)
        content = zipped(
            {"m/init.py": _MAIN, "m/program.py": _PROGRAM, "m/data": json.dumps(arguments)}
        )
        answer = await self._ask(
            dispatcher, "POST", f"/jobs/{self.hpc}/", content=content, headers=headers
        )
        job_id = json.loads(answer)["job_id"]
        found = await asyncio.to_thread(until, lambda: running_with(nonce))
        is_replaced = any(nonce + "replaced" in process.cmdline() for process in found)
        return f"{self.hpc}/bsp_{self.hpc}_01/{job_id}", is_replaced

    async def _look(self, dispatcher: Dispatcher, path: str) -> None:
        """What anybody may ask: nothing hangs, and nothing from outside is told."""
        await self._ask(dispatcher, "GET", f"/jobs/{path}/")
        listed = json.loads(await self._ask(dispatcher, "GET", f"/files/{path}/"))
        found = [
            item.lstrip("/") if isinstance(item, str) else item.get("fileid", item["filename"])
            for item in listed
        ]
        names = {*found, _SECRET, f"link%252f{_SECRET}", "stdout", "stderr", "STDOUT", "STDERR"}
        for name in sorted(names | {Path(self.place).name, "data", "work", "m"} - {"."}):
            await self._ask(dispatcher, "GET", f"/files/{path}/{name}/")

    async def _ask(self, dispatcher: Dispatcher, method: str, path: str, **options: Any) -> bytes:
        app = create_app(self.store, dispatcher, _TOKEN, ["testserver"])
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {_TOKEN}"} | options.pop("headers", {})
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            asking = client.request(method, path, headers=headers, **options)
            answer = await _timed(asking, lambda took: self._slow(method, path, took))
        self._check(answer.status_code < 500, f"{method} {path}: {answer.status_code}")
        content = answer.content
        with suppress(OSError, EOFError):
            content += gzip.decompress(content)
        self._check(_SECRET.encode() not in content, f"{method} {path} tells of what is outside")
        return answer.content

    def _slow(self, method: str, path: str, took: float) -> None:
        self._check(took < _SLOWEST, f"{method} {path} took {took:.1f} s")

    def _check(self, holds: object, words: str) -> None:
        if not holds:
            self.wrong.append(words)

    def _canary(self) -> list[tuple[str, int, int, bytes]]:
        found = []
        for path in sorted(self.outside.rglob("*")):
            status = path.stat()
            content = path.read_bytes() if path.is_file() else b""
            found.append((path.name, status.st_mode, status.st_mtime_ns, content))
        return found


async def _timed(work: Awaitable[Any], tell: Callable[[float], None]) -> Any:
    began = time.monotonic()
    try:
        return await work
    finally:
        tell(time.monotonic() - began)
