"""A log as the view has been told of it, so that only what is new travels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from bspsa_widgets.logs.snapshot import LogLook
from bspsa_widgets.widgets.monitor.error_replies import NO_LOG

State = dict[str, Any]


class ToldLog:
    """One log that is followed.

    The view has some revision of it. The changes that follow name the next one: a view that has
    another one has missed some, or is another page, and asks for the whole log.

    Args:
        key: the job's. look: the first one.
        revisions: where the next one comes from. No other log has the same ones, so that
            changes never meet a log that they do not belong to.
    """

    def __init__(self, key: str, look: LogLook, revisions: Iterator[int]) -> None:
        self._key = key
        self._look = look
        self._revisions = revisions
        self._revision = next(revisions)

    def whole(self) -> State:
        """The view's `Log`, without its id."""
        return log_state(self._key, self._look, self._revision)

    def changes(self, look: LogLook) -> State:
        """The view's `LogChanged`: how it comes from what was told last to this look."""
        kept = _kept(self._look, look)
        self._look, self._revision = look, next(self._revisions)
        new = log_state(self._key, look._replace(lines=look.lines[kept:]), self._revision)
        return new | {"kind": "log_changed", "id": "", "kept": kept}


def log_state(key: str, look: LogLook, revision: int = 0) -> State:
    """The view's `Log`, without its id; revision 0: of a log that is not followed."""
    shown = look._asdict()
    state = NO_LOG | {name: shown[name] for name in NO_LOG if name in shown}
    return state | {"key": key, "revision": revision}


def _kept(before: LogLook, now: LogLook) -> int:
    """How many of the first lines of `now` are those that `before` has in the same place.

    A progress bar changes lines that were there, the last one or some above it.
    """
    if now.anew != before.anew or now.at < before.at:
        return 0
    pairs = zip(before.lines[now.at - before.at :], now.lines, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
