"""What is left after the service ends: by stop, by signal, by kill -9, with its kernel.

A notebook's service ends its jobs with it; otherwise jobs go on without the service, and
the next one takes them up again.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.address import address_file, has_stale_address, lock_file, write_address
from bspsa_widgets.service.embedded import LocalService, find_service
from bspsa_widgets.service.executors.local.process_tree import find_processes
from bspsa_widgets.service.executors.runner.launch import runner_command
from bspsa_widgets.service.executors.runner.state import read_state
from bspsa_widgets.service.server import serve
from bspsa_widgets.service.storage.directory import lock
from bspsa_widgets.service.storage.job_folder import JobFolder
from tests.service.conftest import Caller, until, zipped
from tests.service.running import running_with

Start = Callable[[Path], tuple[LocalService, Caller]]
REPOSITORY = Path(__file__).parents[2]
LONG = "echo begun; sleep 600"


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_jobs_files_quota_and_token_survive_a_restart(tmp_path: Path, start: Start) -> None:
    service, caller = start(tmp_path / "s")
    daint = caller.submit("pizdaint", command="echo kept", runtime="2.5")
    nsg = caller.submit("nsg", zipped({"m/init.py": "print(7)"}))
    before = [caller.ended(daint), caller.ended(nsg)]
    quotas, token = caller.http.get("/quotas/").json(), service.token()
    files = caller.files(nsg)
    service.stop()
    again, caller = start(tmp_path / "s")
    assert again.token() == token
    assert caller.http.get("/jobs/").json() == before
    assert caller.http.get("/quotas/").json() == quotas
    assert caller.files(nsg) == files
    assert caller.read(daint, "stdout") == b"kept\n"
    assert caller.submit("pizdaint")["id"] == 3


def test_a_stop_fails_running_jobs_and_resumes_waiting_ones(tmp_path: Path, start: Start) -> None:
    service, caller = start(tmp_path / "s")
    running = [caller.submit("pizdaint", command=LONG) for _ in range(2)]
    for job in running:
        caller.at_stage(job, "RUNNING")
    waiting = [caller.submit("pizdaint", command=f"echo {n}") for n in range(3)]
    service.stop()
    assert [find_processes(job["job_id"]) for job in running] == [[], []]
    assert not (service.directory / "service.json").exists()
    _, caller = start(tmp_path / "s")
    for job in running:
        assert caller.job(job)["stage"] == "FAILED"
        assert b"service was stopped" in caller.read(job, "stderr")
    for number, job in enumerate(waiting):
        assert caller.ended(job)["stage"] == "SUCCESSFUL"
        assert caller.read(job, "stdout") == f"{number}\n".encode()


def _killed(service: LocalService, service_pid: Callable[[LocalService], int]) -> None:
    os.kill(service_pid(service), signal.SIGKILL)
    until(lambda: find_service(service.directory) is None, "its end")


def _work(service: LocalService, job: dict[str, Any]) -> Path:
    return service.directory / "jobs" / job["job_id"] / "work"


def test_after_kill_9_jobs_are_resumed_with_their_final_states(
    tmp_path: Path, start: Start, service_pid: Callable[[LocalService], int]
) -> None:
    service, caller = start(tmp_path / "s")
    full = caller.quota("pizdaint")
    ends_meanwhile = caller.submit("pizdaint", command="echo one; exit 3")
    # It ends after the kill, and before the next start.
    until(lambda: (_work(service, ends_meanwhile).parent / "results" / "stdout").exists())
    goes_on = caller.submit("pizdaint", command="echo two; while [ ! -e go ]; do sleep 0.02; done")
    caller.at_stage(goes_on, "RUNNING")
    waits = "while [ ! -e go ]; do sleep 0.02; done; kill -9 $$"
    fails = caller.submit("pizdaint", command=waits)
    caller.at_stage(fails, "RUNNING")
    waiting = caller.submit("pizdaint", command="echo ran >> times; cat times")
    _killed(service, service_pid)
    assert find_processes(goes_on["job_id"]) != []
    half = service.directory / "jobs" / "3621FE24-6CBE-4784-9BC9-F7BD63A2C06A"
    half.mkdir()
    (service.directory / "incoming").mkdir(exist_ok=True)
    (service.directory / "incoming" / "part").write_bytes(b"x")

    again, caller = start(tmp_path / "s")
    assert caller.ended(ends_meanwhile)["stage"] == "FAILED"
    caller.at_stage(goes_on, "RUNNING")
    assert caller.job(waiting)["stage"] == "QUEUED"  # both places are taken
    for job in (goes_on, fails):
        (_work(again, job) / "go").touch()
    assert caller.ended(goes_on)["stage"] == "SUCCESSFUL"
    assert caller.read(goes_on, "stdout") == b"two\n"
    assert caller.ended(fails)["stage"] == "FAILED"
    assert caller.ended(waiting)["stage"] == "SUCCESSFUL"
    assert caller.read(waiting, "stdout") == b"ran\n"
    assert 0 <= full - caller.quota("pizdaint") <= 60
    assert not half.exists()
    assert not (service.directory / "incoming").exists()


def test_an_nsg_job_is_unpacked_run_and_packed_without_the_service(
    tmp_path: Path, start: Start, service_pid: Callable[[LocalService], int]
) -> None:
    service, caller = start(tmp_path / "s")
    job = caller.submit("nsg", zipped({"m/init.py": "open('res', 'w').write('7'); print('ran')"}))
    _killed(service, service_pid)
    folder = service.directory / "jobs" / job["job_id"]
    if (folder / "state.json").exists():  # its runner has begun; else the next service starts one
        until(lambda: (folder / "results" / "output.tar.gz").exists(), "its results")
    _, caller = start(tmp_path / "s")
    over = caller.ended(job)
    assert (over["stage"], over["failed"]) == ("COMPLETED", False)
    assert caller.read(job, "STDOUT") == b"ran\n"
    names = [file["filename"] for file in caller.files(job)]
    assert names == ["STDOUT", "STDERR", "output.tar.gz"]


def test_a_job_runs_once_however_often_it_is_submitted(tmp_path: Path, start: Start) -> None:
    service, caller = start(tmp_path / "s")
    job = caller.submit("pizdaint", command="echo ran >> ../work/times; sleep 0.5")
    folder = JobFolder(service.directory / "jobs" / job["job_id"], "pizdaint")
    until(folder.spec.exists)
    others = [subprocess.Popen(runner_command(folder)) for _ in range(4)]
    caller.ended(job)
    others += [subprocess.Popen(runner_command(folder)) for _ in range(2)]
    assert [other.wait(20) for other in others] == [0] * 6
    assert caller.read(job, "times") == b"ran\n"


def test_a_job_with_a_killed_runner_has_failed_and_leaves_no_process(
    tmp_path: Path, start: Start, service_pid: Callable[[LocalService], int]
) -> None:
    service, caller = start(tmp_path / "s")
    nonce = uuid.uuid4().hex
    job = caller.submit("pizdaint", command=f"bash -c ': {nonce}; sleep 600; :'")
    until(lambda: running_with(nonce), "its start")
    _killed(service, service_pid)
    state = read_state(JobFolder(service.directory / "jobs" / job["job_id"], "pizdaint"))
    assert state is not None
    os.kill(state.pid, signal.SIGKILL)
    _, caller = start(tmp_path / "s")
    assert caller.ended(job)["stage"] == "FAILED"
    assert b"ended from outside" in caller.read(job, "stderr")
    assert running_with(nonce) == []


def test_a_job_can_be_cancelled_after_a_restart(
    tmp_path: Path, start: Start, service_pid: Callable[[LocalService], int]
) -> None:
    service, caller = start(tmp_path / "s")
    nonce = uuid.uuid4().hex
    job = caller.submit("pizdaint", command=f"setsid bash -c ': {nonce}; sleep 600; :' & {LONG}")
    until(lambda: running_with(nonce), "its start")
    _killed(service, service_pid)
    _, caller = start(tmp_path / "s")
    assert caller.cancel(job)["stage"] == "CANCELED"
    assert running_with(nonce) == []


def test_every_confirmed_job_exists_after_kill_9(
    tmp_path: Path, start: Start, service_pid: Callable[[LocalService], int]
) -> None:
    answered: list[str] = []
    for _ in range(3):
        service, caller = start(tmp_path / "s")
        listed = [job["job_id"] for job in caller.http.get("/jobs/").json()]
        assert set(answered) <= set(listed)
        for _ in range(5):
            answered.append(caller.submit("pizdaint", command="true")["job_id"])
        os.kill(service_pid(service), signal.SIGKILL)
        until(lambda at=service.directory: find_service(at) is None, "its end")
    _, caller = start(tmp_path / "s")
    jobs = caller.http.get("/jobs/").json()
    assert {job["job_id"] for job in jobs} >= set(answered)
    for job in jobs:
        assert caller.ended(job)["terminal_stage"]


_KERNEL = """
import sys, time
from bspsa_widgets.service.embedded import LocalService
service = LocalService(sys.argv[1])
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_the_service_and_its_jobs_end_with_the_kernel_however_it_dies(
    tmp_path: Path, ending: signal.Signals
) -> None:
    directory = tmp_path / "s"
    with subprocess.Popen(
        [sys.executable, "-c", _KERNEL, str(directory)], stdout=subprocess.PIPE, cwd=REPOSITORY
    ) as kernel:
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == b"ready\n"
        address = find_service(directory)
        assert address is not None
        caller = Caller(address.url, address.token)
        job = caller.submit("pizdaint", command=f"setsid {LONG} & {LONG}")
        caller.at_stage(job, "RUNNING")
        caller.close()
        kernel.send_signal(ending)
    until(lambda: _gone(address.pid), "the service's end", 10)
    assert find_processes(job["job_id"]) == []
    assert not (directory / "service.json").exists()


def _command_line(*options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bspsa_widgets.service", *options]
    return subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_service_cleanly_and_its_jobs_continue(
    tmp_path: Path, ending: signal.Signals
) -> None:
    wait = "while [ ! -e go ]; do sleep 0.02; done; exit 0"
    with _command_line("--dir", str(tmp_path / "s")) as process:
        address = until(lambda: find_service(tmp_path / "s"), "its start")
        caller = Caller(address.url, address.token)
        job = caller.submit("pizdaint", command=wait)
        caller.at_stage(job, "RUNNING")
        caller.close()
        process.send_signal(ending)
        assert process.wait(10) == 0
    assert find_processes(job["job_id"]) != []
    assert not (tmp_path / "s/service.json").exists()
    (tmp_path / "s" / "jobs" / job["job_id"] / "work" / "go").touch()
    with LocalService(tmp_path / "s") as service:
        caller = Caller(service.url, service.token())
        assert caller.ended(job)["stage"] == "SUCCESSFUL"
        caller.close()


def test_a_second_service_in_the_same_directory_is_an_error(shared: Any) -> None:
    with _command_line("--dir", str(shared.directory)) as process:
        assert process.wait(10) == 1
        assert process.stderr is not None
        assert b"already runs in" in process.stderr.read()
    assert find_service(shared.directory) is not None


def test_checking_for_a_service_does_not_prevent_a_start(
    tmp_path: Path,
) -> None:
    write_address(tmp_path, "http://127.0.0.1:1", "x" * 43)  # of this process, which lives
    with lock_file(tmp_path).open("wb") as looked_at, lock_file(tmp_path).open("wb") as own:
        fcntl.flock(looked_at, fcntl.LOCK_SH)  # as `find_service` does, for a moment
        moment = threading.Timer(0.03, fcntl.flock, (looked_at, fcntl.LOCK_UN))
        moment.start()
        lock(own.fileno(), tmp_path)
        moment.join()


def test_an_address_without_its_process_is_stale(tmp_path: Path) -> None:
    assert not has_stale_address(tmp_path)
    write_address(tmp_path, "http://127.0.0.1:1", "x" * 43)
    assert not has_stale_address(tmp_path)
    with subprocess.Popen(["true"]) as gone:
        pass
    found = json.loads(address_file(tmp_path).read_text())
    address_file(tmp_path).write_text(json.dumps(found | {"pid": gone.pid}))
    assert has_stale_address(tmp_path)


def test_a_port_in_use_is_an_error_with_a_message(shared: LocalService, tmp_path: Path) -> None:
    port = int(shared.url.rsplit(":", 1)[1])
    with pytest.raises(LocalServiceError, match=f"Port {port} cannot be used"):
        serve(port, tmp_path / "s")
    with pytest.raises(LocalServiceError, match="Port 99999 cannot be used"):
        serve(99999, tmp_path / "s")


def test_a_directory_with_files_of_the_user_is_not_changed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/thesis.tex").touch()
    with pytest.raises(LocalServiceError, match="holds other files"):
        serve(0, tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["jobs", "thesis.tex"]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_damaged_database_is_an_error_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "service.db").write_text("no database" * 1000)
    with pytest.raises(LocalServiceError, match="cannot be used"):
        serve(0, tmp_path)


def test_the_address_file_has_url_and_pid(shared: LocalService) -> None:
    found = json.loads((shared.directory / "service.json").read_text())
    assert list(found) == ["url", "token", "pid", "started"]
    assert found["url"] == shared.url
