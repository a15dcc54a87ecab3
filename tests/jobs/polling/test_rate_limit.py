"""Few ask at once, in their order, and nobody while the service wants to be left alone."""

from __future__ import annotations

import asyncio
import gc

import pytest

from bspsa_widgets.jobs.polling.rate_limit import AT_ONCE, LONGEST_PAUSE, RateLimit
from tests.virtual_time import elapsed, run_virtual


def test_turns_come_in_order_and_few_at_once() -> None:
    began: list[tuple[int, float]] = []

    async def ask(turns: RateLimit, number: int) -> None:
        async with turns.turn():
            began.append((number, elapsed()))
            await asyncio.sleep(10)

    async def main() -> None:
        turns = RateLimit()
        await asyncio.gather(*(ask(turns, number) for number in range(7)))

    run_virtual(main())
    assert began == [(number, 10 * (number // AT_ONCE)) for number in range(7)]


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (30, 30),
        (0.5, 0.5),
        (0, 0),
        (-5, 0),
        (float("nan"), 0),
        (float("inf"), LONGEST_PAUSE),
        (1e9, LONGEST_PAUSE),
    ],
)
def test_a_rest_is_kept_within_bounds(asked: float, waited: float) -> None:
    async def main() -> float:
        turns = RateLimit()
        turns.rest(asked)
        async with turns.turn():
            return elapsed()

    assert run_virtual(main()) == waited


def test_a_rest_may_grow_and_does_not_shrink() -> None:
    async def main() -> float:
        turns = RateLimit()
        turns.rest(10)
        asyncio.get_running_loop().call_later(5, turns.rest, 20)
        asyncio.get_running_loop().call_later(6, turns.rest, 1)
        async with turns.turn():
            return elapsed()

    assert run_virtual(main()) == 25


def test_one_who_is_cancelled_gives_the_turn_on() -> None:
    async def main() -> float:
        turns = RateLimit()

        async def ask() -> None:
            async with turns.turn():
                await asyncio.sleep(10)

        tasks = [asyncio.create_task(ask()) for _ in range(5)]
        asyncio.get_running_loop().call_later(1, lambda: [task.cancel() for task in tasks])
        await asyncio.wait(tasks)
        async with turns.turn():
            return elapsed()

    assert run_virtual(main()) == 1


def test_an_endpoint_s_turns_are_the_same_for_all_as_long_as_somebody_has_them() -> None:
    async def main() -> None:
        here = RateLimit.at("http://here")
        assert RateLimit.at("http://here") is here
        assert RateLimit.at("http://there") is not here
        here.rest(100)
        del here
        gc.collect()
        async with RateLimit.at("http://here").turn():
            assert elapsed() == 0

    run_virtual(main())


def test_what_takes_long_leaves_a_turn_for_others() -> None:
    async def main() -> None:
        turns = RateLimit()

        async def long(seconds: float) -> None:
            async with turns.long_request():
                await asyncio.sleep(seconds)

        waiting = [asyncio.create_task(long(60)) for _ in range(3)]
        await asyncio.sleep(1)
        async with turns.turn():
            assert elapsed() == 1
        await asyncio.gather(*waiting)
        assert elapsed() == 180

    run_virtual(main())
