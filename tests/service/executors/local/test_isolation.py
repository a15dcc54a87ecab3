"""What a job kept apart by bubblewrap sees of the machine, and what it can do to it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.local.executor import LocalExecutor
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.executors.runner import sandbox
from bspsa_widgets.service.executors.runner.job_spec import Isolation
from bspsa_widgets.service.storage.job_folder import JobFolder
from tests.service.conftest import Caller, zipped
from tests.service.running import new_task, run_one

pytestmark = pytest.mark.skipif(
    bool(sandbox.sandbox_unavailable_reason()), reason=sandbox.sandbox_unavailable_reason() or "-"
)


def said(tmp_path: Path, command: str, **options: Any) -> str:
    """What a job's command prints, its errors too."""
    task = new_task(tmp_path, "JOB", f"exec 2>&1\n{command}")
    asyncio.run(run_one(task, **options))
    return task.folder.stdout.read_text(errors="replace")


def test_a_job_sees_neither_the_token_nor_other_jobs_nor_the_home(
    call: Caller, shared: LocalService, tmp_path: Path
) -> None:
    other = call.submit("pizdaint", command="echo private > secret")
    call.ended(other)
    places = [
        shared.directory / "token",
        shared.directory / "service.json",
        shared.directory / "service.db",
        shared.directory / "jobs" / other["job_id"] / "work" / "secret",
    ]
    tries = [f"cat {place}; ls -a {place.parent}" for place in places]
    home = "ls -A ~root ~ 2>&1; ls -A /run; cat ../spec.json; ls /root/.ssh /root/.gitconfig"
    job = call.submit("pizdaint", command="exec 2>&1\n" + "\n".join([*tries, home]))
    call.ended(job)
    text = call.read(job, "stdout").decode()
    assert shared.token() not in text
    assert "private" not in text
    assert "service.db" not in text.replace(f"{places[2]}", "")
    for name in (".ssh", ".gitconfig", ".bashrc", ".config"):
        assert not any(line == name for line in text.splitlines())


def test_a_job_writes_in_its_own_folder_only(tmp_path: Path) -> None:
    places = ["/usr/x", "/etc/x", "/var/tmp/x", str(Path.home() / "x"), "../x"]
    tries = "\n".join(f"touch {place} && echo WROTE {place}" for place in places)
    tries += f"\ntouch {tmp_path}/x"  # its own /tmp, not this one
    text = said(tmp_path, f"{tries}\ntouch mine /tmp/mine $HOME/mine && echo own")
    assert "WROTE" not in text
    assert text.splitlines()[-1] == "own"
    assert not (tmp_path / "x").exists()


def test_a_job_can_see_and_signal_only_its_own_processes(tmp_path: Path) -> None:
    text = said(tmp_path, f"kill -9 {os.getpid()}; echo $(ls /proc | grep -c '^[0-9]')")
    assert int(text.splitlines()[-1]) < 10


@pytest.mark.parametrize("network", [False, True])
def test_the_network_is_off_by_default(tmp_path: Path, network: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2); print('in')"
        text = said(tmp_path, f'python -c "{code}"', network=network)
    assert (text == "in\n") is network


def test_each_job_has_a_tmp_of_its_own_that_is_gone_afterwards(tmp_path: Path) -> None:
    assert said(tmp_path / "a", "echo 1 > /tmp/left; ls /tmp/left") == "/tmp/left\n"
    assert "No such file" in said(tmp_path / "b", "ls /tmp/left")
    assert not (tmp_path / "a/service/jobs/JOB/tmp").exists()


def test_the_python_of_the_service_runs_with_all_that_it_imports(tmp_path: Path) -> None:
    text = said(tmp_path, "python -c 'import sys, numpy, neuron; print(sys.prefix)'")
    assert text.splitlines()[-1] == sys.prefix


def test_a_service_in_a_visible_folder_is_hidden(tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "env" / "service" / "jobs" / "A", "pizdaint")
    shown = (str(tmp_path / "env"), str(tmp_path / "env" / "service" / "python"))
    job.create(None, None)
    command = sandbox.wrap(["true"], job.work, job, Isolation(visible=shown), None)
    places = [command.index(path) for path in (shown[0], str(tmp_path / "env/service"), shown[1])]
    assert places == sorted(places)
    assert command[places[1] - 1] == "--tmpfs"


def test_without_isolation_jobs_run_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    sandbox.sandbox_unavailable_reason.cache_clear()
    with caplog.at_level(logging.WARNING):
        LocalExecutor(RunOptions())
    monkeypatch.undo()
    sandbox.sandbox_unavailable_reason.cache_clear()
    assert "not kept apart" in caplog.text
    assert "apt-get install bubblewrap" in caplog.text
    monkeypatch.setattr(
        "bspsa_widgets.service.executors.local.executor.sandbox_unavailable_reason",
        lambda: "a test",
    )
    task = new_task(tmp_path, "OPEN", "touch /tmp/../tmp; exit 0")
    assert asyncio.run(run_one(task)).phase is Phase.SUCCEEDED


def test_nsg_jobs_are_isolated(call: Caller, shared: LocalService) -> None:
    script = f"import os; print(os.path.exists({str(shared.directory / 'token')!r}))"
    call.ended(job := call.submit("nsg", zipped({"m/init.py": script})))
    assert call.read(job, "STDOUT") == b"False\n"
