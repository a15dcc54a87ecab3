"""Keeps the very same submission from being sent twice without a word."""

from __future__ import annotations

from typing import Literal, NamedTuple

from bspsa_widgets.submission import words
from bspsa_widgets.submission.record import Record
from bspsa_widgets.submission.records import Records

# What to do where the very same was sent before.
# "ask": say so instead of sending. "tell": send, unless it is not known what became of the
# earlier one. "allow": the user has been asked.
Repeat = Literal["ask", "tell", "allow"]

_MAY_HAVE_A_JOB = ("prepared", "sending", "unconfirmed", "accepted", "over", "closed")


class Earlier(NamedTuple):
    """A submission like this one; `is_open`: nobody knows, or is about to know, its end."""

    record: Record
    is_open: bool


def admit(records: Records, record: Record, repeat: Repeat) -> Record | None:
    """Put a new record on disk, unless the user is to be asked first. Blocks.

    Looking and writing are one act: of two that come at once, the second sees the first.

    Returns:
        The earlier submission that this one repeats; None for the first of its kind.

    Raises:
        AlreadySubmitted: see `Repeat`; nothing was written.
        RecordError: the record cannot be written, or the earlier ones not be read.
    """
    with records.alone():
        earlier = None if repeat == "allow" else _earlier_like(records, record)
        if earlier and (repeat == "ask" or earlier.is_open):
            raise words.already(earlier.record, is_open=earlier.is_open)
        records.save(record)
        return earlier.record if earlier else None


def _earlier_like(records: Records, record: Record) -> Earlier | None:
    """The one whose end is not known first, else the latest."""
    alike = [
        Earlier(other, _is_left_open(records, other))
        for other in records.load().records
        if other.state in _MAY_HAVE_A_JOB
        and other.marker != record.marker
        and other.is_same_job(record)
        and (other.state != "prepared" or _is_tended(records, other))
    ]
    return next((earlier for earlier in alike if earlier.is_open), alike[0] if alike else None)


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


def _is_tended(records: Records, record: Record) -> bool:
    """Somebody is at it right now: it is under way."""
    claim = records.claim(record.marker)
    if claim is None:
        return True
    claim.release()
    return False
