"""A helper: one thread, one thing after the other."""

from __future__ import annotations

import threading
from functools import partial

from bspsa_widgets.packaging.helper import MOST_WAITING, Helper

WAIT = 10.0  # seconds: who takes longer hangs


def test_it_does_one_thing_after_the_other_on_a_thread_of_its_own() -> None:
    done: list[object] = []

    def work(number: int) -> int:
        done.append((number, threading.current_thread().name))
        return number

    with Helper("beside", lambda: done.append("begun")) as helper:
        found = [helper.do(partial(work, number)) for number in range(5)]
        assert [each.result(WAIT) for each in found] == [0, 1, 2, 3, 4]
    assert done == ["begun", *((number, "beside_0") for number in range(5))]


def test_it_is_free_until_something_lies_at_hand() -> None:
    go_on = threading.Event()
    with Helper("beside") as helper:
        first = [helper.do(lambda: go_on.wait(WAIT)) for _ in range(MOST_WAITING - 1)]
        assert helper.is_free
        last = helper.do(lambda: go_on.wait(WAIT))
        assert not helper.is_free
        go_on.set()
        assert all(each.result(WAIT) for each in [*first, last])
        assert helper.is_free


def test_what_it_has_not_begun_when_it_leaves_is_never_done() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return go_on.wait(WAIT)

    with Helper("beside") as helper:
        first, second = helper.do(work), helper.do(work)
        assert begun.wait(WAIT)
        threading.Timer(0.05, go_on.set).start()
    assert first.result(WAIT)
    assert second.cancelled()
