"""State of one of a job's output streams."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.domain.terminal.text import Line


class LogSnapshot(NamedTuple):
    """State of one stream; each is complete in itself.

    Attributes:
        stream: which stream.
        file: the system's name of the stream ("stderr", "STDERR").
        lines: the last lines, as a terminal would show them.
        first: number (from 1) of `lines[0]` in the log; None if not known.
        size: size of the log in bytes; None if not known.
        is_complete: whether `lines` is the whole log.
        is_final: whether it was read after the job's end.
        note: sentence for the user, or "".
        problem: why the last read failed; the rest is as read before.
        at: number of `lines[0]`, counted on from read to read, so that new lines can be found.
        anew: how often the log was read anew because it was rewritten or grew too fast; then `at`
            restarts.
        is_open: whether the last line has no line end yet, for example a progress bar.
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
