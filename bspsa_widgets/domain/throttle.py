"""Limit progress updates to ten a second: more would only queue up in the display."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ParamSpec

UPDATES_PER_SECOND = 10.0

P = ParamSpec("P")


def throttled(tell: Callable[P, object]) -> Callable[P, None]:
    """Return a function that calls `tell` at most ten times a second.

    Args:
        tell: function to limit.

    Returns:
        A function with the same parameters; it does nothing if called too early.
    """
    last = 0.0

    def maybe(*args: P.args, **more: P.kwargs) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1 / UPDATES_PER_SECOND:
            last = now
            tell(*args, **more)

    return maybe
