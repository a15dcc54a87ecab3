"""A real local service, panels that are closed again, and no fault that goes unseen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.service import embedded
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.widgets.monitor.job_monitor import JobMonitor
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.cli.server import Server
from tests.faulty_server import Account
from tests.widgets.monitor.file_calls import FileCalls
from tests.widgets.view import SECONDS, View, record

# For the other folders whose tests make panels.
__all__ = [
    "_apart",
    "_no_fault_unseen",
    "file_calls",
    "known",
    "monitor",
    "panel",
    "planted",
    "serve",
    "service",
    "shown",
]

MakePanel = Callable[..., JobSubmitter]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    """Running, but not known to this process or user as such: see `known`."""
    base = tmp_path_factory.mktemp("service")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(base / "state"))
        running = LocalService(base / "jobs")
        embedded._started.remove(running)
    yield running
    running.stop()


@pytest.fixture
def known(service: LocalService) -> LocalService:
    """The local service, as started in this process."""
    embedded._started.append(service)
    return service


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No service, setting or token of another test's or of the developer's."""
    for name in ("BSPSA_TOKEN", "CLB_AUTH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BSPSA_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("BSPSA_SERVICE_DIR", str(tmp_path / "no-service"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(embedded, "_started", [])
    record(monkeypatch)


@pytest.fixture
def planted() -> list[str]:
    """Words of the faults that a test plants: only these may be logged as errors."""
    return []


@pytest.fixture(autouse=True)
def _no_fault_unseen(
    caplog: pytest.LogCaptureFixture, planted: list[str], _apart: None
) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    faults = [
        record.getMessage() + (record.exc_text or "")
        for record in caplog.get_records("call")
        if record.levelno >= logging.ERROR
    ]
    assert [fault for fault in faults if not any(word in fault for word in planted)] == []


@pytest.fixture(autouse=True)
def file_calls(_apart: None) -> Iterator[FileCalls]:
    """No call that touches a file is made on the background loop's own thread."""
    calls = FileCalls()
    calls.watch()
    yield calls
    calls.leave()
    assert sorted(calls.seen) == []


@pytest.fixture
def panel(folder: Path, tmp_path: Path, serve: Callable[..., Server]) -> Iterator[MakePanel]:
    """Makes panels that send `folder`, and closes them before any server ends."""
    made: list[JobSubmitter] = []

    def make(*arguments: Any, **options: Any) -> JobSubmitter:
        options = {"root": tmp_path, "command": "true"} | options
        made.append(JobSubmitter(*(arguments or (folder.name,)), **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
        background().run(one._leave(), "closing a panel").result(SECONDS)


@pytest.fixture
def monitor(
    tmp_path: Path, serve: Callable[..., Server]
) -> Iterator[Callable[..., tuple[JobMonitor, View]]]:
    """Makes monitors and the views of them, and closes them before any server ends."""
    made: list[JobMonitor] = []

    def make(*arguments: Any, **options: Any) -> tuple[JobMonitor, View]:
        made.append(JobMonitor(*arguments, **({"root": tmp_path} | options)))
        return made[-1], View(made[-1])

    yield make
    for one in made:
        one.close()
        background().run(one._leave(), "closing a panel").result(SECONDS)


@pytest.fixture
def shown(panel: MakePanel) -> Callable[..., tuple[JobSubmitter, View]]:
    """Makes a panel and the view of it."""

    def make(*arguments: Any, **options: Any) -> tuple[JobSubmitter, View]:
        made = panel(*arguments, **options)
        return made, View(made)

    return make


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
