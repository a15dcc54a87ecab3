"""Client of the selected service for the duration of a command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bspsa_widgets.cli.interrupt import deaf, held
from bspsa_widgets.cli.waiting import waited
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.runtime.connection import connect, find_target
from bspsa_widgets.runtime.event_loop import background

Value = TypeVar("Value")


def with_client(
    options: argparse.Namespace, work: Callable[[ServiceAccountClient], Coroutine[Any, Any, Value]]
) -> Value:
    """Run a coroutine with a client of the selected service, on the background loop.

    Args:
        options: parsed command-line options.
        work: returns the coroutine for a client.

    Returns:
        result of the coroutine.
    """

    async def go() -> Value:
        async with connect(find_target(options.endpoint)) as client:
            return await work(client)

    with held():
        working = background().run(go(), "a command")
        try:
            return waited(working)
        except KeyboardInterrupt:
            deaf()  # another Ctrl-C must not disturb the messages
            working.cancel()  # send nothing after the user has interrupted
            raise
