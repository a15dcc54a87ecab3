"""One download at a time for each user of a service, in all processes of this user.

The real service spools downloads by the user's and the file's name alone: two at a time can
come with each other's bytes (api.md section 7.3). Nothing in the answer shows it.
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

# Seconds that another process may keep us waiting. It holds the lock for one file, and the
# system takes it away when the process ends; so who holds it for longer is stopped or hangs.
PATIENCE = 900.0
PAUSE = 0.1  # seconds between two tries


class Turn:
    """Taken for one download, by one client.

    Tasks of the client wait for each other, however long that takes. Other processes are
    waited for where locks work, and for `PATIENCE`: it is better to risk what they may do
    than never to fetch anything again. A service on this machine has no such fault.

    Args:
        endpoint: of the service.
        folder: of the lock files; None for one in the user's state folder, which also other
            machines with the same home see. Only the user may read it.
    """

    def __init__(self, endpoint: Endpoint, folder: Path | None = None) -> None:
        self._here = asyncio.Lock()
        self._folder = folder
        self._name = hashlib.sha256(endpoint.url.encode()).hexdigest()[:16]
        self._is_shared = not endpoint.is_loopback
        self._patience = PATIENCE

    @asynccontextmanager
    async def taken(self, on_wait: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Nobody else downloads meanwhile, as far as that is in our hands.

        Args:
            on_wait: called, maybe again and again, while another process is waited for.
        """
        async with self._here:
            lock = await self._wait_for_others(on_wait) if self._is_shared else None
            try:
                yield
            finally:
                if lock is not None:
                    await to_its_end(_release, lock)

    async def _wait_for_others(self, on_wait: Callable[[], None]) -> FileLock | None:
        """The lock, or None where it cannot be had.

        Who waits stands in the door: or else a process with many files, which gives the lock
        up for a moment only, would nearly always be the next as well.
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
            self._patience = 0.0  # it hangs: the next download does not wait as long again
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
    """One try, in a thread: the folder may lie on a network that does not answer."""
    trying = asyncio.ensure_future(asyncio.to_thread(_is_acquired, lock))
    try:
        return await asyncio.shield(trying)
    except asyncio.CancelledError:
        trying.add_done_callback(lambda tried: _undo(tried, lock))  # it may be had yet
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
