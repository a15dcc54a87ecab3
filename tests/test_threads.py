"""What blocks is done in a thread, to its end, whatever is cancelled meanwhile."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bspsa_widgets.threads import to_its_end


def test_a_call_comes_to_its_end_although_all_tasks_are_cancelled() -> None:
    """As at the process's end, where one that was cancelled already cleans up."""
    begun, go_on, ended = threading.Event(), threading.Event(), []

    def call() -> None:
        begun.set()
        go_on.wait(10)
        ended.append(True)

    async def main() -> None:
        working = asyncio.create_task(to_its_end(call))
        await asyncio.sleep(0)
        for _ in range(2):
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert begun.is_set()
        assert ended == [True]

    asyncio.run(main())
