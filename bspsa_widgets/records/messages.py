"""Sentences about submissions: the outcome of each, and whether a job may exist."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bspsa_widgets.domain.messages import followed, joined, lowered
from bspsa_widgets.errors import AlreadySubmitted, unlisted_advice
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.states import State

# The meaning of a record's state for its job.
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
    """Return the sentence about an identical earlier submission.

    Args:
        earlier: its record.

    Returns:
        When it was submitted, and its outcome.
    """
    job = earlier.seen_job()
    known = f"as job {job.job_id}" if job else lowered(STATES[earlier.state]).rstrip(".")
    when = earlier.began[:19].replace("T", " ")
    return f"The same folder with the same settings was submitted before ({when} UTC, {known})."


def already(
    earlier: Record, *, is_open: bool, folder: Path | Literal[""] | None = ""
) -> AlreadySubmitted:
    """Return the error for a submission that the user has to confirm.

    Args:
        earlier: record of the earlier submission.
        is_open: whether its outcome is unknown.
        folder: folder of that record; "" if it is the new one's, None if the record is gone.

    Returns:
        The error.
    """
    path = f"Its record is in {folder}." if folder else ""
    return AlreadySubmitted(
        joined(sent_before(earlier), "Its record is gone." if folder is None else path),
        record="" if folder is None else earlier.marker,
        is_open=is_open,
        folder=str(folder or ""),
        advice=advice_on(earlier) or None,
    )


def record_words(record: Record) -> str:
    """Return the outcome of a submission in one line.

    Args:
        record: its record.

    Returns:
        One or more sentences.
    """
    job = record.seen_job()
    if job and record.state == "over":
        return followed(job).headline
    problem = record.problem if record.state in ("refused", "not_sent", "unconfirmed") else ""
    return joined(STATES[record.state], problem, advice_on(record))


def advice_on(record: Record) -> str:
    """Return the advice about a job that may run without ever being listed.

    Args:
        record: record of the submission.

    Returns:
        The advice; "" in all other cases.
    """
    is_about = record.state == "unconfirmed" and record.is_unlisted
    return unlisted_advice(record.job_id_named) if is_about else ""
