"""Lock for downloads: one at a time for each user of a service, in all processes of this user.

The real service stores downloads by user and file name only: two downloads at the same time
can return each other's bytes (api.md section 7.3). Nothing in the response shows it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.threads import at_some_time, to_its_end

log = logging.getLogger(__name__)

# Longest wait for another process, seconds. It holds the lock for one file, and the system
# releases it when the process ends; a process that holds it longer is suspended or hangs.
PATIENCE = 900.0
PAUSE = 0.1  # seconds between two tries


class DownloadLock:
    """A lock held during one download.

    Tasks of the same client wait for each other without limit. Other processes are waited for
    if the file system has locks, and for `PATIENCE` seconds: a possible conflict is better than
    never downloading again. A service on this machine has no such fault.

    Args:
        endpoint: address of the service.
        folder: folder of the lock files; None for one in the user's state folder, which is also
            visible to other machines with the same home. Only the user may read it.
    """

    def __init__(self, endpoint: Endpoint, folder: Path | None = None) -> None:
        self._here = asyncio.Lock()
        self._folder = folder
        self._name = hashlib.sha256(endpoint.url.encode()).hexdigest()[:16]
        self._is_shared = not endpoint.is_loopback
        self._patience = PATIENCE

    @asynccontextmanager
    async def taken(self, on_wait: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Hold the lock, so that no other download of this user runs, as far as possible.

        Args:
            on_wait: called, possibly repeatedly, while another process downloads.

        Yields:
            Nothing.
        """
        async with self._here:
            lock = await self._wait_for_others(on_wait) if self._is_shared else None
            try:
                yield
            finally:
                if lock is not None:
                    await to_its_end(_release, lock)

    async def _wait_for_others(self, on_wait: Callable[[], None]) -> FileLock | None:
        """Return the lock, or None if it is not available.

        The waiting process holds a second lock ("door"). Otherwise a process with many files, which
        releases the lock only briefly, would nearly always get it again.
        """
        door: FileLock | None = None
        try:
            folder = await asyncio.to_thread(self._made_folder)
            door, lock = (
                FileLock(folder / f"{self._name}.{part}", thread_local=False, mode=0o600)
                for part in ("door", "lock")
            )
            deadline = asyncio.get_running_loop().time() + self._patience
            for wanted in (door, lock):
                if not await _is_had(wanted, deadline, on_wait):
                    break
            else:
                self._patience = PATIENCE
                return lock
            log.warning("another process has been downloading for long; not waiting for it")
            self._patience = 0.0  # it hangs: do not wait again at the next download
        except (OSError, RuntimeError) as error:  # a file system without locks, or full; no home
            log.info("no lock for downloads: %s", type(error).__name__)
        finally:
            if door is not None:
                await to_its_end(_release, door)
        return None

    def _made_folder(self) -> Path:
        folder = self._folder or platformdirs.user_state_path("bspsa-widgets") / "downloads"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


async def _is_had(lock: FileLock, deadline: float, on_wait: Callable[[], None]) -> bool:
    loop = asyncio.get_running_loop()
    while not await _tried(lock):
        on_wait()
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(PAUSE)
    return True


async def _tried(lock: FileLock) -> bool:
    """Try once, in a thread: the folder may be on a network that does not respond."""
    trying = asyncio.ensure_future(asyncio.to_thread(_is_acquired, lock))
    try:
        return await asyncio.shield(trying)
    except asyncio.CancelledError:
        trying.add_done_callback(
            lambda tried: _undo(tried, lock)
        )  # the thread may still get the lock
        raise


def _is_acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _undo(tried: asyncio.Future[bool], lock: FileLock) -> None:
    if not tried.cancelled() and tried.exception() is None and tried.result():
        at_some_time(lambda: _release(lock))


def _release(lock: FileLock) -> None:
    with suppress(OSError):
        lock.release()
