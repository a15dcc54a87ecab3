"""Finds running local services by the file `service.json` in their directories.

A service holds a lock on its directory while it is running; the lock, not the file, shows that it
is alive. A pointer file lists directories other than the default one; it contains only paths.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import platformdirs

_APP = "bspsa-widgets"
_MAX_POINTERS = 50
_MAX_BYTES = 65536  # much more than service.json and the pointer file need


@dataclass(frozen=True)
class ServiceAddress:
    """A running local service.

    Attributes:
        url: base URL without a trailing slash.
        token: its bearer token; not in the repr.
        pid: id of its process.
        started: when it started, ISO 8601, UTC.
        directory: folder with its jobs.
    """

    url: str
    token: str = field(repr=False)
    pid: int
    started: str
    directory: Path


def default_directory() -> Path:
    """Return `BSPSA_SERVICE_DIR`, or a folder in the user's data directory.

    Returns:
        the folder.
    """
    chosen = os.environ.get("BSPSA_SERVICE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(platformdirs.user_data_dir(_APP)) / "local-service"


def address_file(directory: Path) -> Path:
    """Return the path of `service.json`, which exists while the service is running.

    Args:
        directory: folder of the service.

    Returns:
        the path.
    """
    return directory / "service.json"


def lock_file(directory: Path) -> Path:
    """Return the path of the file that the service locks while it is running.

    Args:
        directory: folder of the service.

    Returns:
        the path.
    """
    return directory / "lock"


def find_service(directory: Path | str | None = None) -> ServiceAddress | None:
    """Return the running service of a directory.

    A file that does not belong to the user, or that others can read, is ignored.

    Args:
        directory: folder of the service; None: `default_directory()`.

    Returns:
        the service; None if there is none.
    """
    if os.name != "posix":
        return None  # the service runs on Linux and macOS only
    path = _directory(directory)
    found = _read_private(address_file(path))
    if found is None or not _is_locked(path):
        return None
    url, token, pid = found.get("url"), found.get("token"), found.get("pid")
    if not (isinstance(url, str) and isinstance(token, str) and type(pid) is int):
        return None
    if not (url.startswith("http://127.0.0.1:") and token and _is_running(pid)):
        return None
    return ServiceAddress(url, token, pid, str(found.get("started", "")), path)


def has_stale_address(directory: Path) -> bool:
    """Return whether a killed service has left its `service.json`.

    Args:
        directory: folder of the service.

    Returns:
        True if it has.
    """
    pid = (_read_private(address_file(directory)) or {}).get("pid")
    return type(pid) is int and not _is_running(pid)


def known_services() -> list[ServiceAddress]:
    """Return running services: of the default directory first, then the others, newest first.

    Returns:
        the services.
    """
    directories = [default_directory(), *reversed(_pointers())]
    found = (find_service(path) for path in dict.fromkeys(directories))
    return [address for address in found if address is not None]


def write_address(directory: Path, url: str, token: str) -> ServiceAddress:
    """Write `service.json` for this process: mode 0600, in one step.

    Args:
        directory: folder of the service.
        url: base URL of the service.
        token: its bearer token.

    Returns:
        the service.
    """
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    address = ServiceAddress(url, token, os.getpid(), started, directory)
    content = {"url": url, "token": token, "pid": address.pid, "started": started}
    write_private(address_file(directory), json.dumps(content) + "\n")
    return address


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only the user can read it.

    Args:
        path: path of the file.
        text: new content.

    Raises:
        OSError: it cannot be written.
    """
    with NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as temporary:
        try:
            temporary.write(text)
            temporary.flush()
            os.fsync(temporary.fileno())
            Path(temporary.name).replace(path)
        except OSError:
            Path(temporary.name).unlink(missing_ok=True)
            raise


def remember(directory: Path) -> None:
    """Add a directory to the pointer file, unless it is the default one.

    Args:
        directory: folder of the service.
    """
    if directory == default_directory():
        return
    # The pointer file is optional: a read-only home must not stop the service.
    with suppress(OSError), _pointer_lock():
        others = [path for path in _pointers() if path != directory and path.is_dir()]
        paths = [*others, directory][-_MAX_POINTERS:]
        write_private(_pointer_file(), json.dumps([str(path) for path in paths]) + "\n")


def _directory(directory: Path | str | None) -> Path:
    return default_directory() if directory is None else Path(directory).expanduser().absolute()


def _read_private(path: Path) -> dict[str, object] | None:
    try:
        with path.open("rb") as opened:
            status = os.fstat(opened.fileno())
            private = stat.S_ISREG(status.st_mode) and not stat.S_IMODE(status.st_mode) & 0o077
            if not private or status.st_uid != os.geteuid():
                return None
            content = json.loads(opened.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _is_locked(directory: Path) -> bool:
    """Return whether a running service holds the directory; a pid may have been reused."""
    import fcntl  # not available on Windows, where this module must still be importable

    try:
        with lock_file(directory).open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _is_running(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # a process of another user
        pass
    return True


def _pointer_file() -> Path:
    return Path(platformdirs.user_state_dir(_APP)) / "services.json"


@contextmanager
def _pointer_lock() -> Iterator[None]:
    import fcntl

    folder = _pointer_file().parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "services.lock").open("wb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def _pointers() -> list[Path]:
    try:
        with _pointer_file().open("rb") as opened:
            found = json.loads(opened.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(found, list):
        return []
    return [Path(item) for item in found if isinstance(item, str) and item.startswith("/")]
