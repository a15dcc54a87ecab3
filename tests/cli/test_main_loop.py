"""On its loop, a command notices Ctrl-C where it waits, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bspsa_widgets.cli import main_loop
from bspsa_widgets.cli.interrupt import ignore
from bspsa_widgets.cli.main_loop import CtrlC, run


@pytest.fixture(autouse=True)
def usual_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press(times: int = 1) -> None:
    for _ in range(times):
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_cancels_a_command_and_is_ignored_from_then_on() -> None:
    ended: list[str] = []

    async def command() -> None:
        press()
        ended.append("goes on to where it waits")
        try:
            await asyncio.sleep(60)
        finally:
            press(300)
            ended.append("cleaned up")

    with pytest.raises(KeyboardInterrupt):
        run(command())
    assert ended == ["goes on to where it waits", "cleaned up"]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_after_a_command_ctrl_c_does_what_it_did_before() -> None:
    async def command() -> int:
        return 3

    assert run(command()) == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_command_can_have_it_ignored_to_the_end_of_the_process() -> None:
    async def command() -> None:
        ignore()
        press()

    run(command())
    press()


def test_several_presses_count_once_and_the_work_goes_on() -> None:
    ctrl_c = CtrlC()

    async def command() -> str:
        work = asyncio.create_task(asyncio.sleep(0.05, "its result"))
        press(300)
        with pytest.raises(KeyboardInterrupt):
            await ctrl_c.unless(work)
        return await ctrl_c.unless(work)

    assert run(command(), ctrl_c) == "its result"


def test_a_key_that_is_held_down_is_not_told_as_an_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ctrl_c = CtrlC()

    async def command() -> None:
        press(2000)  # while the loop is busy

    run(command(), ctrl_c)
    assert capfd.readouterr().err == ""


def test_work_that_is_done_is_returned_though_ctrl_c_was_pressed() -> None:
    async def command(pressed: Callable[[], None]) -> int:
        work: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        work.set_result(5)
        pressed()
        return await ctrl_c.unless(work)

    ctrl_c = CtrlC()
    assert run(command(ctrl_c.press), ctrl_c) == 5


def test_a_key_that_is_pressed_as_the_loop_closes_does_not_interrupt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would, after the result was printed, and say that there is no job."""
    is_over = threading.Event()
    other = threading.Thread(target=is_over.wait)  # a signal may arrive in any thread
    other.start()

    class Closing(asyncio.SelectorEventLoop):
        def close(self) -> None:
            super().close()
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)

    monkeypatch.setattr(main_loop, "new_loop", Closing)

    async def command() -> int:
        return 3

    try:
        assert run(command()) == 3
    finally:
        is_over.set()
        other.join()
