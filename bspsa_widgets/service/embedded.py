"""Starts the local service from a notebook; it ends with the kernel.

The import is fast: only the service's own process imports the web framework.
"""

from __future__ import annotations

import atexit
import http.client
import importlib.util
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.address import (
    ServiceAddress,
    default_directory,
    find_service,
    known_services,
)

__all__ = [
    "LocalService",
    "ServiceAddress",
    "current",
    "default_directory",
    "find_service",
    "known_services",
]

_NEEDED = ("starlette", "uvicorn", "psutil")
_START_PATIENCE: Final = 20.0  # seconds; takes half a second on an idle computer
_STOP_PATIENCE: Final = 15.0  # seconds; ending jobs may take ten
_LOG_LINES = 15
_TOKENS = ("BSPSA_TOKEN", "CLB_AUTH")

# The child runs this package, wherever it was imported from: its root goes before
# other packages, but after the standard library, whose names a folder's files may have.
_LAUNCH = """
import sys
root = sys.argv.pop(1)
at = [i for i, path in enumerate(sys.path) if path.endswith("-packages")] or [len(sys.path)]
sys.path.insert(at[0], root)
from bspsa_widgets.service.__main__ import main
sys.exit(main())
"""

_started: list[LocalService] = []


class LocalService:
    """A local service of this process, or one that is already running in its directory.

    Args:
        directory: folder for jobs and token; None: `default_directory()`.
        port: TCP port on 127.0.0.1; 0 for a free one.
        executor: what runs the jobs: `local` (this computer) or `slurm`, whose jobs outlive the
            notebook; None: as the directory's `service.toml` says.

    Attributes:
        notice: warning if jobs are not isolated; otherwise empty.

    Raises:
        LocalServiceError: the service did not start; the message contains the end of its log.

    Example:
        >>> service = LocalService()
        >>> service.is_running, service.url.startswith("http://127.0.0.1:")
        (True, True)
    """

    def __init__(
        self,
        directory: Path | str | None = None,
        port: int = 0,
        *,
        executor: Literal["local", "slurm"] | None = None,
    ) -> None:
        path = default_directory() if directory is None else Path(directory)
        self.directory = path.expanduser().absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._executor = executor
        self.notice = ""
        self._address = self._attach() or self._start(port)
        _started.append(self)
        if self.notice:
            warnings.warn(self.notice, stacklevel=2)

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        return self._address.url

    @property
    def is_own(self) -> bool:
        """Whether it was started here and ends with this process."""
        return self._process is not None

    def token(self) -> str:
        """Return the service's bearer token; no other service accepts it.

        Returns:
            the token.
        """
        return self._address.token

    @property
    def is_running(self) -> bool:
        """Whether the service is running, according to its files; sends no request."""
        found = find_service(self.directory)
        return found is not None and found.pid == self._address.pid

    def stop(self) -> None:
        """Stop the service and all its jobs, if it was started here, and wait for its end."""
        if self in _started:
            _started.remove(self)
        process = self._process
        # A forked child has a copy of this object, but must not end its parent's service.
        if process is None or os.getpid() != self._owner:
            return
        self._process = None
        atexit.unregister(self.stop)
        _stop_process(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self.is_running else "ended"
        return f"<LocalService {self.url} ({state}), jobs in {str(self.directory)!r}>"

    def _attach(self) -> ServiceAddress | None:
        found = find_service(self.directory)
        return found if found is not None and _responds(found) else None

    def _start(self, port: int) -> ServiceAddress:
        _check_installed()
        log = self._open_log()
        try:
            process = self._launch(port, log)
        finally:
            os.close(log)
        try:
            address = self._wait(process)
        except BaseException:
            _stop_process(process)
            raise
        if address.pid == process.pid:
            self._process = process
            atexit.register(self.stop)
            self.notice = self._notice()
        else:
            _stop_process(process)
        return address

    @property
    def _log(self) -> Path:
        return self.directory / "service.log"

    def _open_log(self) -> int:
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise LocalServiceError(
                f"{self.directory} cannot hold the local service: {error.strerror}.",
                advice="Set BSPSA_SERVICE_DIR to a directory that you may write to.",
            ) from error

    def _launch(self, port: int, log: int) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[2])
        options = ["--port", str(port), "--dir", str(self.directory), "--lifeline"]
        options += ["--executor", self._executor] if self._executor else []
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _LAUNCH, root, *options],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=self.directory,
            # The local service must not get an account's token.
            env={name: value for name, value in os.environ.items() if name not in _TOKENS},
            # A session of its own: Ctrl-C in a terminal must only reach the kernel.
            start_new_session=True,
        )

    def _wait(self, process: subprocess.Popen[bytes]) -> ServiceAddress:
        """Wait until the service is ready, or another one has taken the directory."""
        deadline = time.monotonic() + _START_PATIENCE
        while time.monotonic() < deadline:
            has_ended = process.poll() is not None
            if (found := self._attach()) is not None:
                return found
            if has_ended:
                raise self._failure("The local service could not start.")
            time.sleep(0.01)  # polls until the deadline above
        raise self._failure(f"The local service was not ready after {_START_PATIENCE:g} s.")

    def _notice(self) -> str:
        # Imported late: not needed to find a running service.
        from bspsa_widgets.service.config.file import read_service_file
        from bspsa_widgets.service.executors.runner.sandbox import sandbox_unavailable_reason

        executor = self._executor or read_service_file(self.directory).executor
        reason = sandbox_unavailable_reason() if executor == "local" else ""
        return f"Jobs are not kept apart from your files and the network: {reason}." * bool(reason)

    def _failure(self, message: str) -> LocalServiceError:
        lines: list[str] = []
        if self._log.is_file():
            text = self._log.read_text(encoding="utf-8", errors="replace")[-8192:]
            lines = text.splitlines()[-_LOG_LINES:]
        tail = "\n".join([message, *lines])
        return LocalServiceError(tail, advice=f"The whole log is in {self._log}.")


def current() -> LocalService | None:
    """Return the service that this process started last and that is still running.

    Returns:
        the service; None if there is none.
    """
    for service in reversed(_started):
        if service._owner == os.getpid() and service.is_running:
            return service
    return None


def _check_installed() -> None:
    if os.name != "posix":
        raise LocalServiceError(
            "The local service runs on Linux and macOS only.",
            advice="On Windows, use it inside WSL.",
        )
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalServiceError(
            f"The local service needs {', '.join(missing)}, which is not installed.",
            advice="Run: pip install 'bspsa-widgets[service]'",
        )


def _responds(address: ServiceAddress) -> bool:
    parts = urlsplit(address.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", "/status/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop_process(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
