"""A second thread: one thing after the other."""

from __future__ import annotations

import threading
from functools import partial

from bspsa_widgets.packaging.second_thread import MOST_WAITING, SecondThread

WAIT = 10.0  # seconds: who takes longer hangs


def test_it_does_one_thing_after_the_other_on_a_thread_of_its_own() -> None:
    done: list[object] = []

    def work(number: int) -> int:
        done.append((number, threading.current_thread().name))
        return number

    with SecondThread("beside", lambda: done.append("begun")) as thread:
        found = [thread.do(partial(work, number)) for number in range(5)]
        assert [each.result(WAIT) for each in found] == [0, 1, 2, 3, 4]
    assert done == ["begun", *((number, "beside_0") for number in range(5))]


def test_it_is_free_until_something_lies_at_hand() -> None:
    go_on = threading.Event()
    with SecondThread("beside") as thread:
        first = [thread.do(lambda: go_on.wait(WAIT)) for _ in range(MOST_WAITING - 1)]
        assert thread.is_free
        last = thread.do(lambda: go_on.wait(WAIT))
        assert not thread.is_free
        go_on.set()
        assert all(each.result(WAIT) for each in [*first, last])
        assert thread.is_free


def test_what_it_has_not_begun_when_it_leaves_is_never_done() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return go_on.wait(WAIT)

    with SecondThread("beside") as thread:
        first, second = thread.do(work), thread.do(work)
        assert begun.wait(WAIT)
        second.add_done_callback(lambda _: go_on.set())
    assert first.result(WAIT)
    assert second.cancelled()
