"""At most ten tellings a second: more would only queue up in front of the user's eyes."""

from __future__ import annotations

import time
from collections.abc import Callable

UPDATES_PER_SECOND = 10.0


def throttled(tell: Callable[[int, int], object]) -> Callable[[int, int], None]:
    """Like `tell`, but silent where it was called a moment ago. Takes parts done and in all."""
    last = 0.0

    def maybe(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1 / UPDATES_PER_SECOND:
            last = now
            tell(done, total)

    return maybe
