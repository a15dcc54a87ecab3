"""Work that gives way."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bspsa_widgets.packaging import yielding


def test_the_gil_is_yielded_only_when_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now, taken = [100.0], []
    monkeypatch.setattr(yielding, "INTERVAL", 1.0)
    monkeypatch.setattr(yielding.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(yielding, "yield_gil", lambda: taken.append(now[0]))
    breath = yielding.Yielding()
    for _ in range(10):
        now[0] += 0.25
        breath.yield_if_due()
    assert taken == [101.0, 102.0]


def test_a_waiting_thread_gets_the_gil_at_the_next_yield() -> None:
    """Without one, it would come after five milliseconds, each time anew."""
    turns = 0
    is_over = threading.Event()

    def wait_for_turns() -> None:
        nonlocal turns
        while not is_over.is_set():
            time.sleep(0)  # gives the lock away, and waits for it
            turns += 1

    other = threading.Thread(target=wait_for_turns)
    other.start()
    before = sys.getswitchinterval()
    sys.setswitchinterval(60)  # nobody is made to give the lock away
    try:
        breath, end = yielding.Yielding(), time.monotonic() + 10
        turns = 0
        while turns < 10 and time.monotonic() < end:
            breath.yield_if_due()
    finally:
        is_over.set()
        sys.setswitchinterval(before)
        other.join()
    assert turns >= 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows priorities of threads")
@pytest.mark.parametrize("more", [0, 3, 15])
def test_packing_has_a_lower_priority_than_its_kernel(more: int) -> None:
    def pack() -> tuple[int, int]:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, own + more))
        before = os.getpriority(os.PRIO_PROCESS, 0)
        yielding.lower_priority()
        return before, os.getpriority(os.PRIO_PROCESS, 0)

    with ThreadPoolExecutor(1) as pool:
        before, after = pool.submit(pack).result()
    assert after == min(19, before + 10)
