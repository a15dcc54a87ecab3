"""At most ten tellings a second: more would only queue up in front of the user's eyes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ParamSpec

UPDATES_PER_SECOND = 10.0

P = ParamSpec("P")


def throttled(tell: Callable[P, object]) -> Callable[P, None]:
    """Like `tell`, but silent where it was called a moment ago."""
    last = 0.0

    def maybe(*args: P.args, **more: P.kwargs) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1 / UPDATES_PER_SECOND:
            last = now
            tell(*args, **more)

    return maybe
