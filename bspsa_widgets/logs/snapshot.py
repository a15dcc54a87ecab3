"""What is known of one of a job's streams."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.domain.terminal.text import Line


class LogLook(NamedTuple):
    """What is known of one stream now; each look is whole by itself.

    Attributes:
        stream: which. file: the name that the system has for it ("stderr", "STDERR").
        lines: the last ones, as a terminal would show them.
        first: number (from 1) of `lines[0]` in the log, where it is known.
        size: bytes in the log, where they are known.
        is_complete: `lines` holds all of it.
        is_final: the job is over, and this was read after its end.
        note: what the user has to know about it, or "".
        problem: the last look failed, in words; the rest is as it was seen before.
        at: number of `lines[0]`, counted on from look to look, so that what is new is known.
        anew: how often the log was read anew, since it was written anew or grew too fast;
            then `at` begins again.
        is_open: the last line has no end yet: it may be a progress bar's.
    """

    stream: Stream
    file: str
    lines: tuple[Line, ...] = ()
    first: int | None = None
    size: int | None = None
    is_complete: bool = False
    is_final: bool = False
    note: str = ""
    problem: str = ""
    at: int = 0
    anew: int = 0
    is_open: bool = False
