"""Prevents an identical submission from being sent twice without the user's confirmation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.records import messages
from bspsa_widgets.records.folder_lock import LockWait
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records

# What to do about an identical earlier submission.
# "ask": raise an error instead of sending. "tell": send, unless the outcome of the earlier
# one is unknown. "allow": the user has confirmed.
Repeat = Literal["ask", "tell", "allow"]

_MAY_HAVE_A_JOB = ("sending", "unconfirmed", "accepted", "over", "closed")


class EarlierSubmission(NamedTuple):
    """An identical earlier submission.

    Attributes:
        record: its record; an excerpt if the record itself is gone.
        is_open: whether its outcome is unknown, and no program is about to find out.
        folder: folder of its record; None if that is gone.
    """

    record: Record
    is_open: bool
    folder: Path | None


def admit(
    records: Records,
    record: Record,
    repeat: Repeat,
    waiting: LockWait = LockWait(),  # noqa: B008  (frozen)
) -> Record | None:
    """Write a new record to disk, unless the user has to confirm first. Blocks.

    The check and the write are one step under a lock: of two identical submissions at the same
    time, the second sees the first, also if their records are in different folders. Without the
    locks nothing is sent.

    Args:
        records: records of the folder.
        record: the new record.
        repeat: what to do about an identical earlier submission (see `Repeat`).
        waiting: callbacks while another program has a lock.

    Returns:
        The earlier submission that this one repeats; None if there is none.

    Raises:
        AlreadySubmitted: see `Repeat`; nothing was written.
        RecordError: if the record cannot be written, earlier ones cannot be read, or a lock is
            not available.
        Stopped: if `waiting.is_over` returned True.
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


def _earlier_like(records: Records, record: Record) -> EarlierSubmission | None:
    """Return the identical submission to report: unknown outcomes first, then the latest."""
    here = [other for other in records.like(record) if other.marker != record.marker]
    known = {record.marker, *(other.marker for other in here)}
    alike = [
        EarlierSubmission(other, _is_left_open(records, other), records.folder)
        for other in here
        if _may_have_a_job(records, other)
    ]
    alike += _elsewhere(records, record, known)
    alike.sort(key=lambda earlier: (earlier.is_open, earlier.record.began), reverse=True)
    return alike[0] if alike else None


def _elsewhere(records: Records, record: Record, known: set[str]) -> Iterator[EarlierSubmission]:
    """Yield identical submissions whose records are in other folders."""
    for entry in records.index.like(record):
        if entry.record.marker in known:
            continue
        there = Records(entry.folder, records.index)
        other = there.read(entry.record.marker)
        if other is None:  # gone, or unreadable: use the excerpt of the index
            if entry.record.state != "prepared":
                yield EarlierSubmission(entry.record, entry.record.is_open, None)
        elif _may_have_a_job(there, other):
            yield EarlierSubmission(other, _is_left_open(there, other), entry.folder)


def _may_have_a_job(records: Records, record: Record) -> bool:
    if record.state == "prepared":
        return _is_tended(records, record) is not False
    return record.state in _MAY_HAVE_A_JOB


def _is_left_open(records: Records, record: Record) -> bool:
    if record.state == "sending":
        # A cancel during the sending leaves the outcome unknown, too.
        if record.problem:
            return True
        if _is_tended(records, record):
            return False
        # Its state may have changed since it was read.
        now = records.read(record.marker)
        return now is None or now.is_open
    return record.state == "unconfirmed"


def _is_tended(records: Records, record: Record) -> bool | None:
    """Return whether a program works on the submission now; None if there are no locks to tell."""
    claim = records.claim(record.marker)
    if claim is None:
        return True
    is_certain = claim.is_certain
    claim.release()
    return False if is_certain else None
