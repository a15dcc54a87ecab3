"""Where a running local service is found: `service.json` in its directory.

A service holds a lock on its directory for as long as it lives; the lock, not the file,
says whether it is alive. Directories other than the default one are kept in a pointer
file, which holds paths only.
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
_MOST_POINTERS = 50
_MOST_BYTES = 65536  # service.json and the pointer file are far smaller


@dataclass(frozen=True)
class ServiceAddress:
    """A running local service.

    Attributes:
        url: base URL without a trailing slash.
        token: its bearer token; not in the repr.
        pid: of its process.
        started: ISO 8601 in UTC.
        directory: where its jobs are kept.
    """

    url: str
    token: str = field(repr=False)
    pid: int
    started: str
    directory: Path


def default_directory() -> Path:
    """`BSPSA_SERVICE_DIR`, else a folder in the user's data directory."""
    chosen = os.environ.get("BSPSA_SERVICE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(platformdirs.user_data_dir(_APP)) / "local-service"


def address_file(directory: Path) -> Path:
    """`service.json`, there while the service answers."""
    return directory / "service.json"


def lock_file(directory: Path) -> Path:
    """The file whose lock the service holds while it lives."""
    return directory / "lock"


def find_service(directory: Path | str | None = None) -> ServiceAddress | None:
    """The live service of `directory` (default: `default_directory()`), or None.

    A file that is not the user's own, or that others may read, counts as none.
    """
    if os.name != "posix":
        return None  # the service runs on Linux and macOS; the panel runs everywhere
    place = _directory(directory)
    found = _read_private(address_file(place))
    if found is None or not _is_locked(place):
        return None
    url, token, pid = found.get("url"), found.get("token"), found.get("pid")
    if not (isinstance(url, str) and isinstance(token, str) and type(pid) is int):
        return None
    if not (url.startswith("http://127.0.0.1:") and token and _lives(pid)):
        return None
    return ServiceAddress(url, token, pid, str(found.get("started", "")), place)


def is_left(directory: Path) -> bool:
    """Whether the directory's `service.json` is of a service that was killed."""
    pid = (_read_private(address_file(directory)) or {}).get("pid")
    return type(pid) is int and not _lives(pid)


def known_services() -> list[ServiceAddress]:
    """Live services: the default directory's first, then those started elsewhere, newest first."""
    places = [default_directory(), *reversed(_pointers())]
    found = (find_service(place) for place in dict.fromkeys(places))
    return [address for address in found if address is not None]


def write_address(directory: Path, url: str, token: str) -> ServiceAddress:
    """Make this process known as the service of `directory`; file mode 0600, atomic."""
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    address = ServiceAddress(url, token, os.getpid(), started, directory)
    content = {"url": url, "token": token, "pid": address.pid, "started": started}
    write_private(address_file(directory), json.dumps(content) + "\n")
    return address


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only the user may read it. Raises OSError."""
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
    """Note in the pointer file that a service runs in `directory`, unless it is the default."""
    if directory == default_directory():
        return
    # The pointer is a convenience: a read-only home must not stop the service.
    with suppress(OSError), _pointer_lock():
        others = [path for path in _pointers() if path != directory and path.is_dir()]
        kept = [*others, directory][-_MOST_POINTERS:]
        write_private(_pointer_file(), json.dumps([str(path) for path in kept]) + "\n")


def _directory(given: Path | str | None) -> Path:
    return default_directory() if given is None else Path(given).expanduser().absolute()


def _read_private(path: Path) -> dict[str, object] | None:
    try:
        with path.open("rb") as opened:
            status = os.fstat(opened.fileno())
            private = stat.S_ISREG(status.st_mode) and not stat.S_IMODE(status.st_mode) & 0o077
            if not private or status.st_uid != os.geteuid():
                return None
            content = json.loads(opened.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _is_locked(directory: Path) -> bool:
    """Whether a living service holds the directory: a pid alone may have been given anew."""
    import fcntl  # not there on Windows, where this module must still be importable

    try:
        with lock_file(directory).open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
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
            found = json.loads(opened.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(found, list):
        return []
    return [Path(item) for item in found if isinstance(item, str) and item.startswith("/")]
