"""What the view makes of a log's changes is the log, whatever was printed; little travels."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.client.bspsa.ranges import FilePart
from bspsa_widgets.logs.buffer import LogBuffer
from bspsa_widgets.logs.snapshot import LogSnapshot
from bspsa_widgets.widgets.monitor.log_changes import LogChanges

PRINTED = ("a line\n", "\n", "no end", "\r", "50 %\r", "\x1b[A", "\x1b[2K", "\x1b[31mred\n", "\b")


def look_at(buffer: LogBuffer, lines: int) -> LogSnapshot:
    shown = buffer.shown(lines, is_whole=False)
    return LogSnapshot("stdout", "stdout", shown.lines, shown.first, at=shown.at, anew=shown.anew)


def seen(log: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    """As the view does it (js/src/monitor/output.ts)."""
    begin = news["at"] - log["at"]
    kept = log["lines"][begin : begin + news["kept"]] if news["kept"] else ()
    return news | {"lines": (*kept, *news["lines"])}


@given(
    pieces=st.lists(st.lists(st.sampled_from(PRINTED), max_size=5).map("".join), max_size=12),
    lines=st.integers(1, 5),
    anew=st.sets(st.integers(0, 11)),
)
def test_a_log_with_its_changes_is_the_log_as_it_is(
    pieces: list[str], lines: int, anew: set[int]
) -> None:
    buffer = LogBuffer(FilePart(b"begun\n", 0, 6, is_ranged=True))
    look = look_at(buffer, lines)
    told = LogChanges("key", look, itertools.count(1))
    log = told.whole()
    for number, piece in enumerate(pieces):
        if number in anew:  # written anew, or read from a later place
            data = piece.encode()
            buffer = LogBuffer(FilePart(data, 0, len(data), is_ranged=True), buffer)
        else:
            buffer.grow(piece.encode(), None)
            buffer.trim(lines, 4, 40)
        look = look_at(buffer, lines)
        news = told.changes(look)
        assert news["revision"] == log["revision"] + 1
        log = seen(log, news)
        assert tuple(log["lines"]) == look.lines
        assert log["lines"] == tuple(told.whole()["lines"])


def test_of_a_thousand_lines_only_the_new_ones_travel() -> None:
    buffer = LogBuffer(
        FilePart(b"".join(b"line %d\n" % n for n in range(5_000)), 0, None, is_ranged=True)
    )
    told = LogChanges("key", look_at(buffer, 1_000), itertools.count(1))
    buffer.grow(b"one more\nand half a", None)
    news = told.changes(look_at(buffer, 1_000))
    assert (news["at"], news["kept"]) == (4_002, 998)
    assert [line[0][0] for line in news["lines"]] == ["one more", "and half a"]
    buffer.grow(b" line\n", None)
    news = told.changes(look_at(buffer, 1_000))
    assert (news["kept"], [line[0][0] for line in news["lines"]]) == (999, ["and half a line"])
