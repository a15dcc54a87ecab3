"""Submissions' records in plain words: what became of each, and whether a job may exist."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bspsa_widgets.domain.messages import followed, joined, lowered
from bspsa_widgets.errors import AlreadySubmitted, unlisted_advice
from bspsa_widgets.records.record import Record, State

# What a record's state means for its job.
STATES: dict[State, str] = {
    "prepared": "Prepared; nothing was sent.",
    "sending": "Cut off, or still under way: not known whether a job exists.",
    "accepted": "Submitted.",
    "refused": "Refused: no job.",
    "not_sent": "Not sent: no job.",
    "unconfirmed": "Not known whether a job exists.",
    "over": "Submitted, and over.",
    "closed": "Closed by you: it was not known whether a job exists.",
}


def sent_before(earlier: Record) -> str:
    """That the very same was sent before, when, and what became of it."""
    job = earlier.seen_job()
    known = f"as job {job.job_id}" if job else lowered(STATES[earlier.state]).rstrip(".")
    when = earlier.began[:19].replace("T", " ")
    return f"The same folder with the same settings was submitted before ({when} UTC, {known})."


def already(
    earlier: Record, *, is_open: bool, folder: Path | Literal[""] | None = ""
) -> AlreadySubmitted:
    """The error for what takes the user's word first.

    Args:
        folder: of the earlier record; "" where the new one's would be, None where it is gone.
    """
    place = f"Its record is in {folder}." if folder else ""
    return AlreadySubmitted(
        joined(sent_before(earlier), "Its record is gone." if folder is None else place),
        record="" if folder is None else earlier.marker,
        is_open=is_open,
        folder=str(folder or ""),
        advice=advice_on(earlier) or None,
    )


def record_words(record: Record) -> str:
    """What became of a submission, in a line."""
    job = record.seen_job()
    if job and record.state == "over":
        return followed(job).headline
    problem = record.problem if record.state in ("refused", "not_sent", "unconfirmed") else ""
    return joined(STATES[record.state], problem, advice_on(record))


def advice_on(record: Record) -> str:
    """What to do where a job may run that will never be listed; "" in all other cases."""
    is_about = record.state == "unconfirmed" and record.is_unlisted
    return unlisted_advice(record.job_id_named) if is_about else ""
