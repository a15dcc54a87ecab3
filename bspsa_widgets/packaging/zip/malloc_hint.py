"""Memory that is used over and over."""

from __future__ import annotations

from functools import cache

_KEPT = 8 << 20  # bytes


@cache
def keep_freed_memory() -> None:
    """What is freed stays at hand, from now on.

    glibc hands freed memory back to the system at once, and every piece would pay for fresh
    pages, a tenth of all work. Once a block of some size has been freed, it keeps twice as much
    to be used again. This one is fresh and never written to, so it takes no memory. A second
    one would be made of what was kept, and cleared first, while every other thread waits.
    """
    bytearray(_KEPT)
