"""Worker threads: as many as are needed, and none that the interpreter waits for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from bspsa_widgets.packaging.zip.worker_threads import WorkerThreads

SECONDS = 30.0


def test_no_more_threads_than_needed_and_allowed_are_started() -> None:
    with WorkerThreads(2, "two") as workers:
        meeting = threading.Barrier(2, timeout=SECONDS)
        two = [workers.submit(meeting.wait) for _ in range(2)]
        assert {one.result(SECONDS) for one in two} == {0, 1}
        names = set(workers.map(lambda _: threading.current_thread().name, range(50)))
        assert names <= {"two_0", "two_1"}
    with pytest.raises(RuntimeError, match="after shutdown"):
        workers.submit(print)


def test_an_error_is_in_the_future_and_the_thread_continues() -> None:
    begun: list[str] = []
    with WorkerThreads(1, "one", lambda: begun.append("begun")) as workers:
        failed = workers.submit(divmod, 1, 0)
        assert isinstance(failed.exception(SECONDS), ZeroDivisionError)
        assert workers.submit(divmod, 7, 2).result(SECONDS) == (3, 1)
    assert begun == ["begun"]


def test_a_task_that_has_not_started_can_be_cancelled() -> None:
    going = threading.Event()
    free = threading.Event()

    def hold() -> None:
        going.set()
        free.wait(SECONDS)

    workers = WorkerThreads(1, "one")
    first, second, third = workers.submit(hold), workers.submit(print), workers.submit(print)
    assert going.wait(SECONDS)
    assert second.cancel()
    workers.shutdown(wait=False, cancel_futures=True)
    assert third.cancelled()
    free.set()
    assert first.result(SECONDS) is None


def test_an_event_loop_accepts_the_pool() -> None:
    async def main() -> str:
        asyncio.get_running_loop().set_default_executor(WorkerThreads(1, "own"))
        return await asyncio.to_thread(lambda: threading.current_thread().name)

    assert asyncio.run(main()) == "own_0"


def test_the_interpreter_does_not_wait_at_exit_and_runs_work_until_then() -> None:
    script = (
        "import atexit, threading\n"
        "from bspsa_widgets.packaging.zip.worker_threads import WorkerThreads\n"
        "workers = WorkerThreads(2, 'w')\n"
        "going = threading.Event()\n"
        "def hang(): going.set(); threading.Event().wait()\n"
        "workers.submit(hang)\n"
        "going.wait()\n"
        "last = lambda: print(workers.submit(pow, 2, 5).result(9), flush=True)\n"
        "atexit.register(last)\n"
    )
    began = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", script], timeout=SECONDS, capture_output=True)
    assert (ran.stdout, ran.stderr, ran.returncode) == (b"32\n", b"", 0)
    assert time.monotonic() - began < SECONDS / 3
