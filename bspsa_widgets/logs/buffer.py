"""Buffer for the end of a log: grows, drops its front, and is split into lines."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.client.bspsa.ranges import FilePart
from bspsa_widgets.domain.terminal.text import Line, decoded, fold, goes_up

_ROWS_OVER = 250  # extra lines to keep: a progress bar may move the cursor up to them


class LogLines(NamedTuple):
    """The last lines of a log.

    Attributes:
        first: number of `lines[0]` in the log, from 1; None if not known.
        at: number of `lines[0]`, counted from where the reading began.
        anew: how often the log was read anew; see `LogSnapshot`.
        is_open: whether the last line has no line end yet.
        lines: the lines.
    """

    lines: tuple[Line, ...]
    first: int | None
    at: int
    anew: int
    is_open: bool


class LogBuffer:
    """Bytes of a log from some offset to its end.

    Args:
        part: the part as it was read.
        known: the buffer as it was before this part was read; None if there was none.

    Attributes:
        data: the bytes.
        start: offset of `data` in the log, in bytes.
        total: size of the log, in bytes.
        is_ranged: whether the service can send parts of the log.
    """

    def __init__(self, part: FilePart, known: LogBuffer | None = None) -> None:
        self.data = part.data
        self.start = part.start
        self.total = part.start + len(part.data) if part.total is None else part.total
        self.is_ranged = part.is_ranged
        self._before: int | None = 0 if part.start == 0 else None  # lines before `data`
        self._at = 0
        self._anew = 0
        if part.start > 0:
            self._drop_half_a_line()
        if known is not None:
            self._count_on(known)

    @property
    def end(self) -> int:
        """Offset of the end of `data`, in bytes."""
        return self.start + len(self.data)

    def grow(self, data: bytes, total: int | None) -> None:
        """Append what follows the end.

        Args:
            data: the bytes that follow.
            total: size of the log in bytes; None if not known.
        """
        self.data += data
        self.total = self.end if total is None else total

    def shown(self, lines: int, *, is_whole: bool) -> LogLines:
        """Return the last lines; takes some milliseconds for each 100 kB.

        Args:
            lines: how many at most.
            is_whole: whether the log will not grow any more.

        Returns:
            the lines.
        """
        folded = fold(decoded(self.data, is_whole=is_whole), lines)
        is_numbered = self._before is not None and bool(folded.lines)
        first = (self._before or 0) + folded.before + 1 if is_numbered else None
        is_open = not is_whole and not self.data.endswith(b"\n")
        return LogLines(folded.lines, first, self._at + folded.before, self._anew, is_open)

    def trim(self, lines: int, least: int, most: int) -> None:
        """Drop bytes at the front that are not needed to show the last lines.

        Args:
            lines: how many lines are shown.
            least: bytes to keep at least.
            most: bytes to keep at most.
        """
        at = len(self.data) - least
        if at <= least:  # not at each poll: counting takes time
            return
        left = lines + _ROWS_OVER - self.data.count(b"\n", at)
        while left >= 0 and at >= 0:
            at = self.data.rfind(b"\n", 0, at)
            left -= 1
        if len(self.data) - at > most:
            at = self.data.find(b"\n", len(self.data) - most)
        if at >= 0:
            self._cut(at + 1)

    def _cut(self, at: int) -> None:
        gone, self.data = self.data[:at], self.data[at:]
        self.start += at
        lines = gone.count(b"\n")
        self._at += lines
        if self._before is not None:
            self._before = None if goes_up(decoded(gone)) else self._before + lines

    def _count_on(self, known: LogBuffer) -> None:
        """Continue the line numbers of an earlier buffer if this one extends it."""
        self._anew = known._anew
        if self.start <= known.start and self.end >= known.end:
            begin = known.start - self.start
            if self.data.startswith(known.data, begin):
                self._at = known._at - self.data.count(b"\n", 0, begin)
                return
        self._anew += 1

    def _drop_half_a_line(self) -> None:
        """Drop a partial line, progress bar state or character at the start."""
        found = -1
        for end in (b"\n", b"\r"):
            at = self.data.find(end)
            if 0 <= at < len(self.data) - 1:
                found = at
                break
        else:
            while found + 1 < min(3, len(self.data)) and self.data[found + 1] & 0xC0 == 0x80:
                found += 1
        self.data = self.data[found + 1 :]
        self.start += found + 1
