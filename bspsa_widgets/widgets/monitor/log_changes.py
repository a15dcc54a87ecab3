"""Computes what is new in a log since the view was last told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from bspsa_widgets.logs.snapshot import LogSnapshot
from bspsa_widgets.widgets.monitor.contract import Log, LogChanged, LogState


class LogChanges:
    """A log that is followed, as the view knows it.

    The view has a revision of it, and each change names the next one. A view with another revision
    has missed a change, or is another page, and requests the whole log.

    Args:
        key: key of the job.
        look: the first state.
        revisions: source of the next revision. No other log has the same revisions, so that changes
            never reach another log.
    """

    def __init__(self, key: str, look: LogSnapshot, revisions: Iterator[int]) -> None:
        self._key = key
        self._look = look
        self._revisions = revisions
        self._revision = next(revisions)

    def whole(self) -> Log:
        """Return the whole log.

        Returns:
            the log, without the id of a request.
        """
        return log_state(self._key, self._look, self._revision)

    def changes(self, look: LogSnapshot) -> LogChanged:
        """Return the changes since the last state.

        Args:
            look: the current state.

        Returns:
            the changes.
        """
        kept = _kept(self._look, look)
        self._look, self._revision = look, next(self._revisions)
        new = _state(self._key, look._replace(lines=look.lines[kept:]), self._revision)
        return {**new, "kind": "log_changed", "kept": kept}


def log_state(key: str, look: LogSnapshot, revision: int = 0) -> Log:
    """Return a log for the view.

    Args:
        key: key of the job.
        look: state of the log.
        revision: its revision; 0 if it is not followed.

    Returns:
        the log, without the id of a request.
    """
    return {**_state(key, look, revision), "kind": "log"}


def _state(key: str, look: LogSnapshot, revision: int) -> LogState:
    return {
        "id": "",
        "key": key,
        "stream": look.stream,
        "file": look.file,
        "lines": look.lines,
        "revision": revision,
        "at": look.at,
        "first": look.first,
        "size": look.size,
        "is_complete": look.is_complete,
        "is_final": look.is_final,
        "note": look.note,
        "problem": look.problem,
    }


def _kept(before: LogSnapshot, now: LogSnapshot) -> int:
    """Return how many of the first lines are unchanged.

    A progress bar changes existing lines: the last one, or some above it.
    """
    if now.anew != before.anew or now.at < before.at:
        return 0
    pairs = zip(before.lines[now.at - before.at :], now.lines, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
