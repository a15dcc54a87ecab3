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
MAX_WAIT = 900.0
RETRY_SECONDS = 0.1  # seconds between two tries


class DownloadLock:
    """A lock held during one download.

    Tasks of the same client wait without a time limit. The lock between processes needs a file
    system with locks, and is waited for at most `MAX_WAIT` seconds: a possible conflict is better
    than never downloading again. A service on this machine does not need it.

    Args:
        endpoint: address of the service.
        folder: folder of the lock files; None for one in the user's state folder, which is also
            visible to other machines with the same home. Only the user may read it.
    """

    def __init__(self, endpoint: Endpoint, folder: Path | None = None) -> None:
        self._task_lock = asyncio.Lock()
        self._folder = folder
        self._name = hashlib.sha256(endpoint.url.encode()).hexdigest()[:16]
        self._is_shared = not endpoint.is_loopback
        self._max_wait = MAX_WAIT

    @asynccontextmanager
    async def acquire(self, on_wait: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Hold the lock, so that no other download of this user runs, as far as possible.

        Args:
            on_wait: called, possibly repeatedly, while another process downloads.

        Yields:
            Nothing.
        """
        async with self._task_lock:
            lock = await self._acquire_shared(on_wait) if self._is_shared else None
            try:
                yield
            finally:
                if lock is not None:
                    await to_its_end(_release, lock)

    async def _acquire_shared(self, on_wait: Callable[[], None]) -> FileLock | None:
        """Return the lock, or None if it is not available.

        The waiting process holds a second lock (the queue). Otherwise a process with many files,
        which releases the lock only briefly, would nearly always get it again.
        """
        queue: FileLock | None = None
        try:
            folder = await asyncio.to_thread(self._create_folder)
            queue, lock = (
                FileLock(folder / f"{self._name}.{part}", thread_local=False, mode=0o600)
                for part in ("door", "lock")
            )
            deadline = asyncio.get_running_loop().time() + self._max_wait
            for step in (queue, lock):
                if not await _acquire_before(step, deadline, on_wait):
                    break
            else:
                self._max_wait = MAX_WAIT
                return lock
            log.warning("another process has been downloading for long; not waiting for it")
            self._max_wait = 0.0  # it hangs: do not wait again at the next download
        except (OSError, RuntimeError) as error:  # a file system without locks, or full; no home
            log.info("no lock for downloads: %s", type(error).__name__)
        finally:
            if queue is not None:
                await to_its_end(_release, queue)
        return None

    def _create_folder(self) -> Path:
        folder = self._folder or platformdirs.user_state_path("bspsa-widgets") / "downloads"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


async def _acquire_before(lock: FileLock, deadline: float, on_wait: Callable[[], None]) -> bool:
    loop = asyncio.get_running_loop()
    while not await _try_acquire(lock):
        on_wait()
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(RETRY_SECONDS)
    return True


async def _try_acquire(lock: FileLock) -> bool:
    """Try once, in a thread: the folder may be on a network that does not respond."""
    attempt = asyncio.ensure_future(asyncio.to_thread(_acquire_now, lock))
    try:
        return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        attempt.add_done_callback(lambda done: _release_late(done, lock))
        raise


def _acquire_now(lock: FileLock) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _release_late(attempt: asyncio.Future[bool], lock: FileLock) -> None:
    """Release a lock that the thread acquired after the task was cancelled."""
    if not attempt.cancelled() and attempt.exception() is None and attempt.result():
        at_some_time(lambda: _release(lock))


def _release(lock: FileLock) -> None:
    with suppress(OSError):
        lock.release()
