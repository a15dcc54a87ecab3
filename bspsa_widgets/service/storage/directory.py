"""The directory of a service: `service.db`, `jobs/`, the token and the lock.

While the service is running, `service.json` is there as well.
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
from bspsa_widgets.service.address import address_file, has_stale_address, lock_file, write_private
from bspsa_widgets.service.storage.job_folder import remove
from bspsa_widgets.service.storage.store import Store

_LOCK_SECONDS = 8.0  # seconds that a service which is ending may still lock its directory
_CHECK_SECONDS = 0.5  # seconds; checking whether a service is running locks it for a moment
_SHARED = (  # beginnings of the names of file systems
    "nfs", "lustre", "gpfs", "beegfs", "ceph", "cifs", "smb", "afs", "9p", "fuse", "panfs",
    "pvfs", "orangefs", "glusterfs", "webdav", "afpfs",
)  # fmt: skip
_SWEPT = ("jobs", "incoming")  # what the database does not know is removed from them


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Make the directory private and lock it for this process until the end of the block.

    Args:
        directory: directory of the service; created if it is missing.

    Yields:
        Nothing.

    Raises:
        LocalServiceError: it cannot be used, holds other files, or is in use.
    """
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
        address_file(directory).unlink(missing_ok=True)  # left by a service that was killed
        yield


def _check_ours(directory: Path) -> None:
    """Refuse a directory with other files: the service removes unknown files at its start."""
    if (directory / "service.db").is_file():
        return
    others = [name for name in _SWEPT if (directory / name).exists()]
    if others:
        raise LocalServiceError(
            f"{directory} holds other files ({others[0]}/), which the service would tidy away.",
            advice="Choose another directory.",
        )


def is_shared(directory: Path) -> bool:
    """Return whether other machines may write to the directory's file system.

    Args:
        directory: directory of the service.

    Returns:
        True for network and cluster file systems.
    """
    mounts = {mount.mountpoint: mount.fstype for mount in psutil.disk_partitions(all=True)}
    for folder in (directory.resolve(), *directory.resolve().parents):
        if (kind := mounts.get(str(folder))) is not None:
            return kind.startswith(_SHARED)
    return False


def lock(descriptor: int, directory: Path) -> None:
    """Lock an opened file; waits for a service that is ending, or for a check of the lock.

    Args:
        descriptor: the opened lock file.
        directory: directory of the service.

    Raises:
        LocalServiceError: another service is running in the directory.
    """
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            # A running service has an address file; one that is ending has removed it. One that
            # was killed has not, and a process that it was just starting may keep the lock longer.
            is_announced = address_file(directory).exists() and not has_stale_address(directory)
            if time.monotonic() > began + (_CHECK_SECONDS if is_announced else _LOCK_SECONDS):
                raise LocalServiceError(
                    f"A local service already runs in {directory}.",
                    advice="Use that one, or choose another directory.",
                ) from None
        time.sleep(0.02)  # between two tries; the deadline bounds them


def own_token(directory: Path) -> str:
    """Return the directory's token; it is created once, with 256 random bits.

    Args:
        directory: directory of the service.

    Returns:
        The token.
    """
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
    """Remove incomplete uploads and folders of unknown jobs, which a killed service may leave.

    Args:
        store: the store of the locked directory.
    """
    (store.directory / "jobs").mkdir(exist_ok=True, mode=0o700)
    shutil.rmtree(store.directory / "incoming", ignore_errors=True)
    known_ids = store.job_ids()
    for path in (store.directory / "jobs").iterdir():
        if path.name not in known_ids:
            remove(path)
