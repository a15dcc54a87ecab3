"""A client of the endpoint in use, for as long as a command needs it."""

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
    """Run `work` with a client of the endpoint in use, on the background loop."""

    async def go() -> Value:
        async with connect(find_target(options.endpoint)) as client:
            return await work(client)

    with held():
        working = background().run(go(), "a command")
        try:
            return waited(working)
        except KeyboardInterrupt:
            deaf()  # a further one would only spoil what is told of this one
            working.cancel()  # nothing is to leave after the user has said stop
            raise
