"""Every coroutine of the client is one that an interrupt reaches, and none loses its face by it."""

from __future__ import annotations

import asyncio
import inspect
import sys
from types import SimpleNamespace

import pytest

from bspsa_widgets.client import waking
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.waking import interruptible


def timers() -> int:
    """Count the loop's timers; asyncio has no public way to ask, and so no type for it."""
    return len(asyncio.get_running_loop()._scheduled)  # type: ignore[attr-defined]


@interruptible
class Waiting:
    async def wait(self, moments: int) -> int:
        """Wait."""
        await asyncio.sleep(0)
        return timers() - moments


def test_a_kernels_loop_is_woken_only_while_something_is_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No module, so the type does not fit: all that is asked of one here is this name.
    app = SimpleNamespace(IPKernelApp=SimpleNamespace(initialized=lambda: True))
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", app)  # type: ignore[arg-type]
    monkeypatch.setattr(waking, "WAKING_SECONDS", 0.001)

    async def cell() -> tuple[int, bool]:
        before = timers()
        during = await Waiting().wait(before)
        await asyncio.sleep(0.01)  # a cancelled timer is taken out when its time comes
        return during, timers() == before

    assert asyncio.run(cell()) == (1, True)


def test_elsewhere_no_loop_is_woken() -> None:
    async def main() -> int:
        return await Waiting().wait(timers())

    assert asyncio.run(main()) == 0


def test_interruptible_methods_keep_signatures_and_docstrings() -> None:
    assert str(inspect.signature(ServiceAccountClient.quotas)).startswith("(self, hpc: 'str'")
    assert (ServiceAccountClient.quotas.__doc__ or "").startswith("Return the user's quotas")
    assert inspect.iscoroutinefunction(ServiceAccountClient.fetch)
