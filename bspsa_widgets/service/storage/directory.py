"""The directory of a service: `service.db`, `jobs/`, the token, the lock.

While the service answers, there is `service.json`, too.
"""

from __future__ import annotations

import fcntl
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.address import address_file, is_left, lock_file, write_private
from bspsa_widgets.service.storage.job_folder import remove
from bspsa_widgets.service.storage.store import Store

_LOCK_PATIENCE = 8.0  # seconds that a service on its way out may still hold its directory
_LOOK_PATIENCE = 0.5  # seconds: who looks whether a service lives holds it for a moment, too
_SHARED = (  # beginnings of the names of file systems
    "nfs", "lustre", "gpfs", "beegfs", "ceph", "cifs", "smb", "afs", "9p", "fuse", "panfs",
    "pvfs", "orangefs", "glusterfs", "webdav", "afpfs",
)  # fmt: skip
_TIDIED = ("jobs", "incoming")  # emptied of what the database does not know


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Made private, and held by this process alone. Raises LocalServiceError."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _check_ours(directory)
        directory.chmod(0o700)
        opened = lock_file(directory).open("wb")
    except OSError as error:
        raise LocalServiceError(
            f"{directory} cannot hold the local service: {error.strerror}.",
            advice="Choose another directory.",
        ) from error
    with opened:
        lock(opened.fileno(), directory)
        address_file(directory).unlink(missing_ok=True)  # of a service that was killed
        yield


def _check_ours(directory: Path) -> None:
    """The service tidies its directory at each start: it must not be one of the user's own."""
    if (directory / "service.db").is_file():
        return
    others = [name for name in _TIDIED if (directory / name).exists()]
    if others:
        raise LocalServiceError(
            f"{directory} holds other files ({others[0]}/), which the service would tidy away.",
            advice="Choose another directory.",
        )


def is_shared(directory: Path) -> bool:
    """Whether other machines write to its file system, too."""
    mounts = {mount.mountpoint: mount.fstype for mount in psutil.disk_partitions(all=True)}
    for folder in (directory.resolve(), *directory.resolve().parents):
        if (kind := mounts.get(str(folder))) is not None:
            return kind.startswith(_SHARED)
    return False


def lock(descriptor: int, directory: Path) -> None:
    """Wait for who is on the way out, or only looks. Raises LocalServiceError."""
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            # One that answers stays; one on its way out has removed its address already. One
            # that was killed has not, and what it was just starting may hold it a little longer.
            is_told = address_file(directory).exists() and not is_left(directory)
            if time.monotonic() > began + (_LOOK_PATIENCE if is_told else _LOCK_PATIENCE):
                raise LocalServiceError(
                    f"A local service already runs in {directory}.",
                    advice="Use that one, or choose another directory.",
                ) from None
        time.sleep(0.02)  # between two tries; the deadline bounds them


def own_token(directory: Path) -> str:
    """The directory's token: 256 bits, made once."""
    path = directory / "token"
    with suppress(OSError, UnicodeError):
        found = path.read_text(encoding="ascii").strip()
        if len(found) >= 43 and found.isprintable():
            path.chmod(0o600)
            return found
    token = secrets.token_urlsafe(32)
    write_private(path, token + "\n")
    return token


def sweep(store: Store) -> None:
    """Remove what a killed service had half received."""
    (store.directory / "jobs").mkdir(exist_ok=True, mode=0o700)
    shutil.rmtree(store.directory / "incoming", ignore_errors=True)
    known = store.job_ids()
    for path in (store.directory / "jobs").iterdir():
        if path.name not in known:
            remove(path)
