"""`LocalService` in a notebook: quick, found by others, silent about its token."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service import embedded
from bspsa_widgets.service.embedded import (
    LocalService,
    ServiceAddress,
    current,
    default_directory,
    find_service,
    known_services,
)
from tests.service.conftest import Caller

REPOSITORY = Path(__file__).parents[2]


def test_it_starts_quickly_and_stops_completely(tmp_path: Path) -> None:
    began = time.monotonic()
    service = LocalService(tmp_path / "s")
    assert time.monotonic() - began < 5  # it takes 0.3 s where nothing else runs
    assert service.is_running
    assert service.is_own
    service.stop()
    service.stop()
    assert not service.is_running
    assert find_service(tmp_path / "s") is None
    assert "ended" in repr(service)


def test_the_token_is_in_no_repr_and_no_attribute(shared: LocalService) -> None:
    address = find_service(shared.directory)
    assert address is not None
    assert address.token == shared.token()
    assert shared.token() not in repr(shared) + str(shared) + repr(address) + str(vars(shared))


def test_a_second_one_attaches_to_the_first_and_leaves_it_running(shared: LocalService) -> None:
    with LocalService(shared.directory) as second:
        assert second.url == shared.url
        assert second.token() == shared.token()
        assert not second.is_own
    assert shared.is_running


def test_current_is_the_one_started_last_that_still_runs(
    tmp_path: Path, shared: LocalService
) -> None:
    with LocalService(tmp_path / "a") as first:
        with LocalService(tmp_path / "b") as second:
            assert current() is second
        assert current() is first
    assert current() is shared


def test_it_can_be_stopped_and_started_again_at_once(tmp_path: Path) -> None:
    for _ in range(3):
        with LocalService(tmp_path / "s") as service:
            caller = Caller(service.url, service.token())
            caller.submit("pizdaint", command="sleep 600")
            caller.close()


def test_services_started_elsewhere_are_found_while_they_run(
    tmp_path: Path, shared: LocalService
) -> None:
    with LocalService() as usual, LocalService(tmp_path / "elsewhere é") as other:
        assert usual.directory == default_directory()
        found = [address.url for address in known_services()]
        assert found[:2] == [usual.url, other.url]
        assert shared.url in found
    assert other.url not in [address.url for address in known_services()]
    pointer = Path(os.environ["XDG_STATE_HOME"]) / "bspsa-widgets" / "services.json"
    assert shared.token() not in pointer.read_text()
    assert str(other.directory) in json.loads(pointer.read_text())


def _write(directory: Path, mode: int = 0o600, **changes: Any) -> None:
    content = {"url": "http://127.0.0.1:1", "token": "t", "pid": os.getpid(), "started": "x"}
    path = directory / "service.json"
    path.write_text(json.dumps(content | changes))
    path.chmod(mode)


def test_an_untrusted_address_is_ignored(tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write(tmp_path)
        assert isinstance(find_service(tmp_path), ServiceAddress)
        for change in ({"url": "http://evil.example"}, {"pid": "1"}, {"pid": 2**22 + 7}):
            _write(tmp_path, **change)
            assert find_service(tmp_path) is None
        for mode in (0o644, 0o640, 0o604):
            _write(tmp_path, mode)
            assert find_service(tmp_path) is None
        for text in ("", "[]", "{", "null", "[" * 9999):
            (tmp_path / "service.json").write_text(text)
            (tmp_path / "service.json").chmod(0o600)
            assert find_service(tmp_path) is None
    _write(tmp_path)
    assert find_service(tmp_path) is None  # its process holds no lock: the pid is another's


def test_a_start_that_fails_says_why_with_the_end_of_the_log(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalServiceError, match=f"Port {port} cannot be used") as caught:
            LocalService(tmp_path / "s", port)
    assert "service.log" in caught.value.advice
    assert not caught.value.job_may_exist


def test_a_notebook_is_warned_without_isolation(tmp_path: Path) -> None:
    script = "import sys; from bspsa_widgets import LocalService; LocalService(sys.argv[1]).stop()"
    ran = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "s"],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Warning: Jobs are not kept apart from your files" in ran.stderr


def test_a_directory_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalServiceError, match="cannot hold the local service"):
        LocalService(tmp_path / "file" / "s")


def test_a_missing_extra_is_an_error_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_NEEDED", ("json", "starlette_that_is_not_there"))
    with pytest.raises(LocalServiceError, match="starlette_that_is_not_there") as caught:
        LocalService(tmp_path / "s")
    assert "pip install 'bspsa-widgets[service]'" in caught.value.advice


def test_importing_it_brings_no_web_framework() -> None:
    heavy = "{'starlette', 'uvicorn', 'psutil', 'httpx', 'pydantic', 'asyncio'}"
    code = f"import sys, bspsa_widgets.service.embedded; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY).returncode == 0


def test_without_posix_locks_it_can_be_imported_and_gives_advice() -> None:
    code = (
        "import sys, os; sys.modules['fcntl'] = None\n"
        "from bspsa_widgets.service import embedded\n"
        "from types import SimpleNamespace\n"
        "from bspsa_widgets.service import address\n"
        "address.os = SimpleNamespace(name='nt', environ=os.environ)\n"
        "embedded.os = SimpleNamespace(name='nt')\n"
        "assert embedded.known_services() == []\n"
        "try: embedded._check_installed()\n"
        "except embedded.LocalServiceError as error: sys.exit('WSL' not in str(error))\n"
        "sys.exit(2)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_files_named_like_python_modules_do_not_break_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("socket.py", "uvicorn.py", "signal.py", "asyncio.py"):
        (tmp_path / name).write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    with LocalService(tmp_path / "s") as service:
        assert service.is_running


def test_the_service_runs_the_same_package_as_the_kernel(shared: LocalService) -> None:
    import psutil

    address = find_service(shared.directory)
    assert address is not None
    assert str(REPOSITORY) in psutil.Process(address.pid).cmdline()


def test_two_kernels_that_start_at_once_share_one_service(tmp_path: Path) -> None:
    code = (
        "import sys; from bspsa_widgets.service.embedded import LocalService\n"
        "s = LocalService(sys.argv[1]); print(s.url, s.is_own, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "s")]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    kernels = [subprocess.Popen(command, cwd=REPOSITORY, **pipes) for _ in range(3)]
    lines: list[list[bytes]] = [kernel.stdout.readline().split() for kernel in kernels]  # type: ignore[union-attr]
    for kernel in kernels:
        kernel.communicate()
    assert len({line[0] for line in lines}) == 1
    assert sorted(line[1] for line in lines) == [b"False", b"False", b"True"]


def test_a_stray_start_and_stop_leave_no_thread_or_handler(
    tmp_path: Path, start: Callable[[Path], tuple[LocalService, Caller]]
) -> None:
    import threading

    before = threading.active_count()
    service, _ = start(tmp_path / "s")
    service.stop()
    assert threading.active_count() == before


def test_no_token_of_an_account_is_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BSPSA_TOKEN", "CLB_AUTH"):
        monkeypatch.setenv(name, "SENTINEL-7f3a")
    with LocalService(tmp_path / "apart") as service:
        assert service._process is not None
        environment = psutil.Process(service._process.pid).environ()
    assert "PATH" in environment
    assert "SENTINEL-7f3a" not in environment.values()
