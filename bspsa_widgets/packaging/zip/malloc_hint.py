"""Keep freed memory for reuse."""

from __future__ import annotations

from functools import cache

_BLOCK_BYTES = 8 << 20  # bytes


@cache
def keep_freed_memory() -> None:
    """Make glibc keep freed memory in this process, from now on.

    glibc returns freed memory to the system at once, and every piece would need new pages, a tenth
    of all work. After a block of some size has been freed, it keeps twice as much for reuse.
    This block is new and never written to, so it takes no memory. A second block would be made of
    reused memory, and cleared first, while every other thread waits.
    """
    bytearray(_BLOCK_BYTES)
