"""One download at a time: in one client, in several processes, and where locks do not work."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from bspsa_widgets.client.bspsa import download_lock
from bspsa_widgets.client.bspsa.download_lock import DownloadLock
from bspsa_widgets.domain.endpoint import Endpoint
from tests.virtual_time import elapsed, run_virtual

SERVICE = Endpoint.parse("https://bspsa.example")
LOCAL = Endpoint.parse("http://127.0.0.1:8080")

HOLDER = """
import sys
from pathlib import Path
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def lock_path(folder: Path, part: str = "lock") -> Path:
    """Where the lock lies: known once it has been taken."""

    async def once() -> None:
        async with DownloadLock(SERVICE, folder).acquire():
            pass

    run_virtual(once())
    (found,) = folder.glob(f"*.{part}")
    return found


class Busy:
    """Counts how many hold a turn at once."""

    def __init__(self) -> None:
        self.now = self.highest = 0
        self.order: list[str] = []

    async def download(self, lock: DownloadLock, name: str, seconds: float = 1.0) -> None:
        async with lock.acquire():
            self.now += 1
            self.highest = max(self.highest, self.now)
            self.order.append(name)
            await asyncio.sleep(seconds)
            self.now -= 1


async def _hold(lock: DownloadLock, on_wait: Callable[[], None]) -> None:
    async with lock.acquire(on_wait):
        pass


def test_tasks_of_one_client_acquire_the_lock_in_order() -> None:
    async def main() -> Busy:
        busy, lock = Busy(), DownloadLock(LOCAL)
        await asyncio.gather(*(busy.download(lock, str(number)) for number in range(5)))
        return busy

    busy = run_virtual(main())
    assert (busy.highest, "".join(busy.order)) == (1, "01234")


def test_separate_clients_share_the_lock_fairly(tmp_path: Path) -> None:
    """As two kernels do: each lock is opened anew, and excludes all others."""

    async def batch(busy: Busy, name: str) -> None:
        lock = DownloadLock(SERVICE, tmp_path)
        for _ in range(6):
            await busy.download(lock, name)

    async def main() -> Busy:
        busy = Busy()
        await asyncio.gather(batch(busy, "a"), batch(busy, "b"))
        return busy

    busy = run_virtual(main())
    assert busy.highest == 1
    assert "aaa" not in "".join(busy.order[:10])
    assert sorted(busy.order) == sorted("aaaaaabbbbbb")


def test_the_lock_of_a_killed_process_is_released(tmp_path: Path) -> None:
    path = lock_path(tmp_path)

    async def main() -> float:
        holder = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", HOLDER, str(path)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert holder.stdout
        assert await holder.stdout.readline() == b"held\n"
        waits_reported: list[None] = []
        waiting = asyncio.create_task(
            _hold(DownloadLock(SERVICE, tmp_path), lambda: waits_reported.append(None))
        )
        beats, began = 0, time.monotonic()
        while time.monotonic() < began + 0.4:
            await asyncio.sleep(0.01)
            beats += 1
        assert not waiting.done()
        assert waits_reported, "who waits is told so"
        assert beats > 15  # the loop was never blocked
        holder.kill()
        await holder.wait()
        await waiting
        return time.monotonic() - began

    assert asyncio.run(asyncio.wait_for(main(), 20)) < 10


def test_a_hanging_process_is_waited_for_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_lock, "MAX_WAIT", 20.0)  # each virtual try is a real one
    other = FileLock(lock_path(tmp_path))

    async def main() -> list[float]:
        lock, waits = DownloadLock(SERVICE, tmp_path), []
        for _ in range(2):
            before = elapsed()
            await Busy().download(lock, "", 0.0)
            waits.append(elapsed() - before)
        other.release()
        await Busy().download(lock, "", 0.0)
        other.acquire()
        before = elapsed()
        await Busy().download(lock, "", 0.0)
        return [*waits, elapsed() - before]

    with other, caplog.at_level(logging.WARNING):
        first, second, after = run_virtual(main())
    assert 20 <= first < 21
    assert second < 1
    assert after >= 20  # it came round meanwhile, so it is waited for again
    assert "another process" in caplog.text


def test_a_cancelled_wait_leaves_no_lock(tmp_path: Path) -> None:
    other = FileLock(lock_path(tmp_path))

    async def main() -> None:
        for wait in (0.0, 0.01, 0.1, 3.0):
            task = asyncio.create_task(Busy().download(DownloadLock(SERVICE, tmp_path), "", 0.0))
            await asyncio.sleep(wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        other.release()
        before = elapsed()
        await Busy().download(DownloadLock(SERVICE, tmp_path), "", 0.0)
        assert elapsed() - before < 1

    with other:
        run_virtual(main())


def test_a_lock_acquired_after_the_cancel_is_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, locks = download_lock._acquire_now, []

    def slow(lock: FileLock) -> bool:
        locks.append(lock)  # else the end of the lock's object would be the end of the lock
        time.sleep(0.05)  # a file system that takes its time; not the loop
        return real(lock)

    async def main() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(download_lock, "_acquire_now", slow)
            task = asyncio.create_task(Busy().download(DownloadLock(SERVICE, tmp_path), ""))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.sleep(0.1)

    asyncio.run(main())
    paths = list(tmp_path.iterdir())
    assert paths
    for path in paths:
        with FileLock(path, blocking=False):
            pass


def test_only_the_user_may_read_the_lock_folder(tmp_path: Path) -> None:
    path = lock_path(tmp_path / "new" / "downloads")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert "bspsa.example" not in path.name


@pytest.mark.parametrize("trouble", ["a file in the way", "no locks here"])
def test_without_file_locks_the_clients_own_lock_works(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "downloads"
    if trouble == "a file in the way":
        folder.write_text("")
    else:

        def unlockable(lock: FileLock) -> bool:
            raise NotImplementedError

        monkeypatch.setattr(download_lock, "_acquire_now", unlockable)

    async def main() -> Busy:
        busy, lock = Busy(), DownloadLock(SERVICE, folder)
        await asyncio.gather(*(busy.download(lock, str(number)) for number in range(3)))
        assert elapsed() < 3.5
        return busy

    assert run_virtual(main()).highest == 1


def test_a_service_on_this_machine_needs_no_lock_file(tmp_path: Path) -> None:
    async def main() -> None:
        await Busy().download(DownloadLock(LOCAL, tmp_path / "x"), "", 0.0)

    run_virtual(main())
    assert os.listdir(tmp_path) == []
