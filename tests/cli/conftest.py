"""A home, a real local service, misbehaving servers, and one job that has run."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.cli import main
from tests.cli.terminal import SECONDS, Bspsa, Ended
from tests.faulty_server import Account, FaultyServer, Received, Reply

TOKEN = "SENTINEL/7f3a+c0ffee=="


class Server:
    """A `FaultyServer` on a loop in a thread, so that a test can wait for a process.

    Attributes:
        asked: set when a request for jobs is there. posted: when a whole submission is.
    """

    def __init__(self, account: Account, **faults: Any) -> None:
        self.account = account
        self.asked = threading.Event()
        self.posted = threading.Event()
        self._held = faults.pop("held", False)
        self._faults = faults
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Server:
        self._thread.start()
        hold = asyncio.Event() if self._held else None
        self._hold = hold
        self._server = self._do(FaultyServer(self._answer, hold=hold, **self._faults).__aenter__())
        self.url = self._server.url
        self._watch = asyncio.run_coroutine_threadsafe(self._tell(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._watch.cancel()
        self._do(self._server.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    @property
    def ledger(self) -> list[Received]:
        return self._server.ledger

    @property
    def posts(self) -> int:
        return self._server.posts

    def release(self) -> None:
        """Let a submission that is held be answered."""
        if self._hold is not None:
            self._loop.call_soon_threadsafe(self._hold.set)

    def _answer(self, request: Received) -> Reply:
        if request.target.startswith("/jobs/"):
            self.asked.set()
        return self.account(request)

    async def _tell(self) -> None:
        await self._server.post_arrived.wait()
        self.posted.set()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)


class LocalService:
    """`bspsa service --dir D` as a user starts it."""

    def __init__(self, bspsa: Bspsa, directory: Path) -> None:
        self.directory = directory
        self.process = bspsa.start("service", "--dir", directory)
        assert self.process.stdout is not None
        self.printed = self.process.stdout.readline()
        self.url = self.printed.strip()

    @property
    def address(self) -> dict[str, Any]:
        return dict(json.loads((self.directory / "service.json").read_text()))

    @property
    def token(self) -> str:
        return str(self.address["token"])

    def stop(self) -> tuple[int, str, str]:
        self.process.send_signal(signal.SIGINT)
        try:
            out, err = self.process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, out, err


@pytest.fixture(scope="session")
def bspsa(tmp_path_factory: pytest.TempPathFactory) -> Bspsa:
    """The command, where a token of the developer's cannot reach it."""
    return Bspsa(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def service(bspsa: Bspsa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    running = LocalService(bspsa, tmp_path_factory.mktemp("elsewhere") / "service")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def local(bspsa: Bspsa, service: LocalService) -> Bspsa:
    """The command with the local service as its endpoint."""
    return bspsa.with_environment(BSPSA_ENDPOINT="local")


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts faulty servers that end with the test."""
    started: list[Server] = []

    def start(account: Account | None = None, **faults: Any) -> Server:
        server = Server(account or Account(), **faults)
        started.append(server)
        return server.__enter__()

    yield start
    for server in started:
        server.__exit__()


@pytest.fixture
def remote(bspsa: Bspsa) -> Callable[[Server], Bspsa]:
    """The command with a token, and a faulty server as its endpoint."""
    return lambda server: bspsa.with_environment(BSPSA_ENDPOINT=server.url, BSPSA_TOKEN=TOKEN)


class Here:
    """The same command in this process: for long tables, where a process each is slow."""

    def __init__(self, capsys: pytest.CaptureFixture[str], environment: dict[str, str]) -> None:
        self._capsys = capsys
        self._environment = environment

    def with_environment(self, **changes: str) -> Here:
        return Here(self._capsys, self._environment | changes)

    def __call__(self, *arguments: str | Path) -> Ended:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._environment.items():
                patch.setenv(name, value)
            code = main([str(argument) for argument in arguments])
        told = self._capsys.readouterr()
        return Ended(code, told.out, told.err)


@pytest.fixture
def here(bspsa: Bspsa, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(capsys, bspsa.environment)


@pytest.fixture
def remote_here(here: Here) -> Callable[[Server], Here]:
    return lambda server: here.with_environment(BSPSA_ENDPOINT=server.url, BSPSA_TOKEN=TOKEN)


ODD_NAMES = ("with space.txt", "ünï.txt", "a%2Fb#c?.txt", "quo'te\".txt")


@pytest.fixture(scope="session")
def finished(local: Bspsa, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A job of Piz Daint's that has run and left files with odd names."""
    folder = tmp_path_factory.mktemp("sent") / "a job"
    folder.mkdir()
    (folder / "run.sh").write_text(
        "".join(
            f"printf %s content > {json.dumps(name, ensure_ascii=False)}\n"
            for name in ODD_NAMES[:3]
        )
        + 'printf %s content > "quo\'te\\".txt"\necho said\n'
    )
    ran = local(
        "submit", folder, "--hpc", "pizdaint", "--command",
        "unzip -q {archive} && . {folder}/run.sh", "--title", "odd <names>", "--wait", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return dict(ran.document["job"])
