"""The one loop: it runs whatever the kernel does, holds its tasks, and reports their faults."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import bspsa_widgets
from bspsa_widgets.errors import NotSent
from bspsa_widgets.runtime.event_loop import Background, awaited, background, beside
from tests.widgets.view import SECONDS, settled


async def _value(value: int) -> int:
    return value


async def _fail(error: Exception) -> None:
    raise error


def test_it_runs_while_the_calling_loop_is_blocked() -> None:
    async def blocked() -> int:
        return background().run(_value(7), "a test").result(SECONDS)

    assert asyncio.run(blocked()) == 7


def test_many_threads_share_one_loop_and_one_thread() -> None:
    own = Background()
    names: list[str] = []

    async def where() -> None:
        names.append(threading.current_thread().name)

    threads = [
        threading.Thread(target=lambda: own.run(where(), "a test").result(SECONDS))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert names == ["bspsa-widgets"] * 20
    own.close()


def test_a_running_loop_takes_work_from_a_thread_that_is_inside_its_lock() -> None:
    """A widget that is collected closes itself in any thread, at any line that allocates."""
    own = Background()
    assert own.run(_value(1), "a test").result(SECONDS) == 1
    with own._lock:
        assert own.run(_value(2), "a test").result(SECONDS) == 2
    own.close()


def test_closing_cancels_what_runs_and_a_later_run_starts_anew() -> None:
    own = Background()
    entered = threading.Event()

    async def forever() -> None:
        entered.set()
        await asyncio.Event().wait()

    running = own.run(forever(), "a test")
    assert entered.wait(SECONDS)
    own.close()
    assert running.cancelled()
    assert not own.is_running
    own.close()
    assert own.run(_value(1), "a test").result(SECONDS) == 1
    own.close()


def test_its_start_removes_the_zip_of_a_kernel_that_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / ".bspsa-locked-left.zip"
    left.touch()
    own = Background()
    own.run(_value(1), "a test").result(SECONDS)
    settled(lambda: not left.exists(), "the sweep")
    own.close()


def test_a_fault_that_nobody_awaits_is_logged_and_an_error_of_ours_only_for_debugging(
    caplog: pytest.LogCaptureFixture, planted: list[str]
) -> None:
    planted.append("planting")
    for error in (RuntimeError("x"), NotSent("y")):
        background().run(_fail(error), f"planting {type(error).__name__}")
    settled(lambda: len([r for r in caplog.records if "planting" in r.getMessage()]) == 2, "logs")
    levels = {r.getMessage().split()[1]: r.levelno for r in caplog.records if r.exc_info}
    assert levels == {"RuntimeError": logging.ERROR, "NotSent": logging.DEBUG}


def test_cancelling_what_stands_beside_work_leaves_the_work_alone() -> None:
    free = threading.Event()

    async def work() -> str:
        await asyncio.to_thread(free.wait, SECONDS)
        return "done"

    async def impatient() -> None:
        await asyncio.wait_for(asyncio.wrap_future(beside(going)), 0.01)

    going = background().run(work(), "a test")
    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    free.set()
    assert going.result(SECONDS) == "done"
    assert beside(going).result(SECONDS) == "done"


def test_an_error_that_comes_after_an_interrupt_is_not_lost_in_the_kernels_loop() -> None:
    free = threading.Event()

    async def work() -> None:
        await asyncio.to_thread(free.wait, SECONDS)
        raise NotSent("no")

    async def kernel() -> None:
        lost: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: lost.append(told))
        going = background().run(work(), "a test")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(awaited(going), 0.01)
        free.set()
        await asyncio.to_thread(going.exception, SECONDS)
        del going  # it holds all that stands beside it
        await asyncio.wrap_future(background().run(_value(1), "a test"))  # and has told by now
        gc.collect()
        assert lost == []

    asyncio.run(kernel())


def test_work_that_is_the_cells_own_is_cancelled_with_it() -> None:
    async def impatient(*, or_cancel: bool) -> bool:
        going = background().run(asyncio.sleep(3600), "a test")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(awaited(going, or_cancel=or_cancel), 0.01)
        is_cancelled = going.cancelled()
        going.cancel()
        return is_cancelled

    assert asyncio.run(impatient(or_cancel=True))
    assert not asyncio.run(impatient(or_cancel=False))


def test_there_is_one_way_to_await_what_runs_on_the_background_loop() -> None:
    """Any other leaves a kernel deaf to its interrupt button."""
    package = Path(bspsa_widgets.__file__).parent
    found = [path.name for path in package.rglob("*.py") if "wrap_future" in path.read_text()]
    assert found == ["event_loop.py"]


def test_what_stands_beside_work_ends_as_it_does() -> None:
    failed = beside(background().run(_fail(NotSent("no")), "a test"))
    assert isinstance(failed.exception(SECONDS), NotSent)
    never = background().run(asyncio.sleep(3600), "a test")
    copy = beside(never)
    never.cancel()
    settled(copy.cancelled, "the cancelling")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_a_loop_of_its_own() -> None:
    script = (
        "import os\n"
        "from bspsa_widgets.runtime.event_loop import background\n"
        "async def one(): return 1\n"
        "assert background().run(one(), 'x').result(9) == 1\n"
        "child = os.fork()\n"
        "if child == 0: os._exit(background().run(one(), 'x').result(9))\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1\n"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=30).returncode == 0


def test_a_process_with_an_open_panel_and_work_under_way_ends_by_itself() -> None:
    script = (
        "import asyncio\n"
        "from bspsa_widgets import JobSubmitter\n"
        "from bspsa_widgets.runtime.event_loop import background\n"
        "panel = JobSubmitter(endpoint='http://127.0.0.1:9', token='t')\n"
        "background().run(asyncio.Event().wait(), 'x')\n"
        "background().run(panel._account.connect(), 'x').result(9)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], timeout=30, capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")
