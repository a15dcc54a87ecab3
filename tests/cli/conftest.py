"""A home, a real local service, misbehaving servers, and one job that has run."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.records.store import Records
from tests.cli.server import Server
from tests.cli.terminal import SECONDS, STARTED, Bspsa
from tests.faulty_server import Account

TOKEN = "SENTINEL/7f3a+c0ffee=="


class LocalService:
    """`bspsa service --dir D` as a user starts it."""

    def __init__(self, bspsa: Bspsa, directory: Path, *options: str) -> None:
        self.directory = directory
        self.process = bspsa.start("service", "--dir", directory, *options)
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
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Bspsa:
    """The command, where a token of the developer's cannot reach it."""
    return Bspsa(tmp_path_factory.mktemp("home"))


@pytest.fixture
def bspsa(at_home: Bspsa, records: Records) -> Bspsa:
    """The command, with records of the test's own, and no earlier submissions."""
    data = records.folder.parent / "data-of-the-user"
    return at_home.with_environment(BSPSA_RECORDS=str(records.folder), XDG_DATA_HOME=str(data))


@pytest.fixture(scope="session")
def service(at_home: Bspsa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    running = LocalService(at_home, tmp_path_factory.mktemp("elsewhere") / "service")
    yield running
    running.stop()


@pytest.fixture
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
def remote(bspsa: Bspsa, records: Records) -> Callable[[Server], Bspsa]:
    """The command with a token, and a faulty server as its endpoint.

    What it cancels is the test's own: other tests have jobs of the same ids.
    """
    own = {"BSPSA_TOKEN": TOKEN, "XDG_STATE_HOME": str(records.folder.parent / "state")}
    return lambda server: bspsa.with_environment(BSPSA_ENDPOINT=server.url, **own)


ODD_NAMES = ("with space.txt", "ünï.txt", "a%2Fb#c?.txt", "quo'te\".txt")


@pytest.fixture(scope="session")
def finished(
    at_home: Bspsa, service: LocalService, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """A job of Piz Daint's that has run and left files with odd names."""
    local = at_home.with_environment(BSPSA_ENDPOINT="local")
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


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """A test that fails half way must not leave its process to the machine."""
    yield
    for process in STARTED:
        if process.poll() is None:
            process.kill()
            process.wait()
