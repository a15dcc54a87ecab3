"""Waiting costs no time, and time never passes while something could happen."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta

import httpx
import pytest

from tests.faulty_server import FaultyServer, Reply
from tests.virtual_time import clock, elapsed, run_virtual

MEGABYTE = 1 << 20


def test_an_hour_passes_at_once() -> None:
    async def main() -> float:
        before = clock()
        await asyncio.sleep(3600)
        assert clock() - before == timedelta(hours=1)
        return elapsed()

    began = time.monotonic()
    assert run_virtual(main()) == 3600
    assert time.monotonic() - began < 5


def test_timers_come_in_their_order() -> None:
    came: list[tuple[str, float]] = []

    async def wait(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        came.append((name, elapsed()))

    async def main() -> None:
        asyncio.get_running_loop().call_later(2, lambda: came.append(("later", elapsed())))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await asyncio.gather(wait("c", 3), wait("a", 1), wait("b", 1.5))

    run_virtual(main())
    assert came == [("a", 1), ("b", 1.5), ("later", 2)]


def test_what_waits_for_ever_is_ended() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run_virtual(main(), seconds=1e6)


def test_no_time_passes_while_a_thread_works() -> None:
    async def main() -> float:
        async with asyncio.timeout(0.001):
            assert await asyncio.gather(
                asyncio.to_thread(time.sleep, 0.2), asyncio.to_thread(threading.get_ident)
            )
        return elapsed()

    assert run_virtual(main()) == 0


def test_no_time_passes_while_a_thread_works_that_nobody_waits_for() -> None:
    async def main() -> None:
        done = threading.Event()
        release = threading.Event()

        def work() -> None:
            release.wait()
            done.set()

        waiting = asyncio.create_task(asyncio.to_thread(work))
        await asyncio.sleep(0)
        waiting.cancel()
        asyncio.get_running_loop().call_soon(release.set)
        await asyncio.sleep(5)
        assert done.is_set()

    run_virtual(main())


def test_results_of_threads_come_before_the_next_timer() -> None:
    async def main() -> None:
        for _ in range(300):
            async with asyncio.timeout(0.001):
                await asyncio.to_thread(int)
        assert elapsed() == 0
        await asyncio.sleep(7)
        assert elapsed() == 7

    run_virtual(main())


def test_exchanges_of_a_server_and_its_client_take_no_time() -> None:
    body = bytes(MEGABYTE)

    async def main() -> float:
        async with (
            FaultyServer(lambda request: Reply(body=request.body)) as server,
            httpx.AsyncClient(timeout=0.01, trust_env=False) as client,
        ):
            for _ in range(300):
                answer = await client.post(server.url, content=body)
                assert len(answer.content) == MEGABYTE
        return elapsed()

    assert run_virtual(main()) == 0


def test_new_connections_take_no_time() -> None:
    async def main() -> float:
        async with FaultyServer(lambda _: Reply(body=b"x", end="close")) as server:
            for _ in range(100):
                async with httpx.AsyncClient(timeout=0.01, trust_env=False) as client:
                    answers = [client.get(server.url) for _ in range(3)]
                    await asyncio.gather(*answers)
        return elapsed()

    assert run_virtual(main()) == 0


def test_silence_runs_into_the_time_out() -> None:
    async def main() -> float:
        async with (
            FaultyServer(lambda _: Reply(), cut=("POST", 300, "stall")) as server,
            httpx.AsyncClient(timeout=600, trust_env=False) as client,
        ):
            with pytest.raises(httpx.TimeoutException):
                await client.post(server.url, content=bytes(64 * MEGABYTE))
            return elapsed()

    assert run_virtual(main()) == 600


def test_a_thread_that_hangs_is_ended_in_real_time() -> None:
    release = threading.Event()

    async def main() -> None:
        await asyncio.to_thread(release.wait)

    try:
        with pytest.raises(TimeoutError, match="real time"):
            run_virtual(main(), real_seconds=0.2)
    finally:
        release.set()


def test_turning_without_an_end_is_ended_in_real_time() -> None:
    async def main() -> None:
        while True:  # noqa: ASYNC110  (that is what hangs)
            await asyncio.sleep(0)

    with pytest.raises(TimeoutError, match="real time"):
        run_virtual(main(), real_seconds=0.2)


def test_a_failure_that_nobody_looks_at_is_told() -> None:
    async def fail() -> None:
        raise ValueError("nobody looks")

    async def main() -> None:
        lost = asyncio.create_task(fail())
        await asyncio.sleep(1)
        del lost

    with pytest.raises(AssertionError, match="nobody looks"):
        run_virtual(main())
