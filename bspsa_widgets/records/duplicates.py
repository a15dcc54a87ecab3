"""Keeps the very same submission from being sent twice without a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.records import messages
from bspsa_widgets.records.folder_lock import Waiting
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records

# What to do where the very same was sent before.
# "ask": say so instead of sending. "tell": send, unless it is not known what became of the
# earlier one. "allow": the user has been asked.
Repeat = Literal["ask", "tell", "allow"]

_MAY_HAVE_A_JOB = ("sending", "unconfirmed", "accepted", "over", "closed")


class Earlier(NamedTuple):
    """A submission like this one.

    Attributes:
        record: of it; an excerpt where the record itself is gone.
        is_open: nobody knows, or is about to know, its end.
        folder: of its record; None where that is gone.
    """

    record: Record
    is_open: bool
    folder: Path | None


def admit(
    records: Records,
    record: Record,
    repeat: Repeat,
    waiting: Waiting = Waiting(),  # noqa: B008  (frozen)
) -> Record | None:
    """Put a new record on disk, unless the user is to be asked first. Blocks.

    Looking and writing are one act: of two that come at once, the second sees the first,
    also where their records are in different folders. Who cannot have the locks does not pass.

    Returns:
        The earlier submission that this one repeats; None for the first of its kind.

    Raises:
        AlreadySubmitted: see `Repeat`; nothing was written.
        RecordError: the record cannot be written, the earlier ones not be read, or a lock not
            be had. Stopped: `waiting.is_over`.
    """
    with records.index.alone(waiting), records.alone(waiting):
        earlier = None if repeat == "allow" else _earlier_like(records, record)
        if earlier and (repeat == "ask" or earlier.is_open):
            is_here = earlier.folder == records.folder
            raise messages.already(
                earlier.record, is_open=earlier.is_open, folder="" if is_here else earlier.folder
            )
        records.save(record)
        return earlier.record if earlier else None


def _earlier_like(records: Records, record: Record) -> Earlier | None:
    """The one whose end is not known first, else the latest."""
    here = [other for other in records.like(record) if other.marker != record.marker]
    known = {record.marker, *(other.marker for other in here)}
    alike = [
        Earlier(other, _is_left_open(records, other), records.folder)
        for other in here
        if _may_have_a_job(records, other)
    ]
    alike += _elsewhere(records, record, known)
    alike.sort(key=lambda earlier: (earlier.is_open, earlier.record.began), reverse=True)
    return alike[0] if alike else None


def _elsewhere(records: Records, record: Record, known: set[str]) -> Iterator[Earlier]:
    """Those whose records are not in this folder."""
    for entry in records.index.like(record):
        if entry.record.marker in known:
            continue
        there = Records(entry.folder, records.index)
        other = there.read(entry.record.marker)
        if other is None:  # gone, or not to be read: what the index knows has to do
            if entry.record.state != "prepared":
                yield Earlier(entry.record, entry.record.is_open, None)
        elif _may_have_a_job(there, other):
            yield Earlier(other, _is_left_open(there, other), entry.folder)


def _may_have_a_job(records: Records, record: Record) -> bool:
    if record.state == "prepared":
        return _is_tended(records, record) is not False
    return record.state in _MAY_HAVE_A_JOB


def _is_left_open(records: Records, record: Record) -> bool:
    if record.state == "sending":
        # One that the user wanted to take back while it was sent is in doubt, too.
        if record.problem:
            return True
        if _is_tended(records, record):
            return False
        # It may have come to its end since it was read.
        now = records.read(record.marker)
        return now is None or now.is_open
    return record.state == "unconfirmed"


def _is_tended(records: Records, record: Record) -> bool | None:
    """Somebody is at it right now: it is under way. None: where there are no locks, who knows."""
    claim = records.claim(record.marker)
    if claim is None:
        return True
    is_certain = claim.is_certain
    claim.release()
    return False if is_certain else None
