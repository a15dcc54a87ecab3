"""Client of the selected service for the duration of a command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bspsa_widgets.cli.main_loop import run
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.runtime.connection import connect, find_target

Value = TypeVar("Value")


def with_client(
    options: argparse.Namespace, work: Callable[[ServiceAccountClient], Coroutine[Any, Any, Value]]
) -> Value:
    """Run a coroutine with a client of the selected service.

    Args:
        options: parsed command-line options.
        work: returns the coroutine for a client.

    Returns:
        result of the coroutine.
    """
    target = find_target(options.endpoint)

    async def go() -> Value:
        async with connect(target) as client:
            return await work(client)

    return run(go())
