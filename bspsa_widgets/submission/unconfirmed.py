"""Words for a submission of which it is not known whether a job exists."""

from __future__ import annotations

from bspsa_widgets.domain.messages import Message, joined
from bspsa_widgets.errors import BspsaError, Unconfirmed
from bspsa_widgets.records.messages import advice_on
from bspsa_widgets.records.record import Record
from bspsa_widgets.submission.messages import NOT_KNOWN_YET
from bspsa_widgets.submission.quota_drop import LEAST, QuotaDrop
from bspsa_widgets.submission.steps import Looking

_KEPT = "Nothing will be sent again. Looking for the job in your job list."


def late() -> Message:
    """Return the words for a cancel after the first byte was sent.

    Returns:
        headline and details.
    """
    return Message(
        "It is too late to cancel.",
        "The service may have the job already. Looking for it in your job list; once it is "
        "there, you can cancel the job itself.",
    )


def unsure(error: Unconfirmed) -> Message:
    """Return the words for a lost response, when the search begins.

    Args:
        error: what happened.

    Returns:
        headline and details.
    """
    advice = error.advice if error.is_unlisted else ""
    return Message(NOT_KNOWN_YET, joined(error.message, advice, _KEPT))


def looking(record: Record, step: Looking) -> Message:
    """Return the words while the job has not been found yet.

    Args:
        record: record of the submission.
        step: the current state of the search.

    Returns:
        headline and details.
    """
    known = (
        lists_read(step.looks, step.failed),
        _trouble(step.problem),
        _hint(record, step.quota_drop),
    )
    return Message(NOT_KNOWN_YET, joined(record.problem, advice_on(record), _KEPT, *known))


def next_look(step: Looking, seconds: float) -> str:
    """Return one line about the search and its next poll.

    Args:
        step: the current state of the search.
        seconds: seconds until the next poll.

    Returns:
        the line.
    """
    read = step.looks - step.failed
    looked = f"job list read {_times(read)}, " if read else ""
    looked += f"not readable {_times(step.failed)}, " if step.failed else ""
    return f"Not known yet whether the job was accepted; {looked}next look in {seconds:.0f} s"


def stopped_waiting(record: Record | None) -> Unconfirmed:
    """Return the error for a user who stopped waiting before the outcome was known.

    Args:
        record: record of the submission; None if there is none.

    Returns:
        the error.
    """
    problem = record.problem.rstrip(".") + "." if record and record.problem else ""
    stopped = "You stopped waiting before it was known whether the job was accepted."
    return _error(record, joined(problem, stopped), advice=None)


def unconfirmed(record: Record, problem: BspsaError | None, drop: QuotaDrop | None) -> Unconfirmed:
    """Return the error for a search that ended without finding the job.

    Args:
        record: record of the submission.
        problem: why the last poll failed; None if it did not.
        drop: by how much the quota has fallen; None if not known.

    Returns:
        the error.
    """
    known = (lists_read(record.looks, record.failed_looks), _trouble(problem), _hint(record, drop))
    return _error(
        record,
        joined(record.problem, *known),
        advice="Check again later. If you submit it again and the first one runs as well, "
        "both use your quota.",
    )


def _error(record: Record | None, message: str, advice: str | None) -> Unconfirmed:
    """Return the error; for a job that is never listed, with the record's own advice."""
    if record is None:
        return Unconfirmed(message, advice=advice)
    error = Unconfirmed(
        message,
        job_id=record.job_id_named,
        is_unlisted=record.is_unlisted,
        advice=None if record.is_unlisted else advice,
    )
    error.record = record.marker
    return error


def lists_read(looks: int, failed: int) -> str:
    """Return a sentence on how often the job list was read, or could not be.

    Args:
        looks: number of polls.
        failed: number of polls that failed.

    Returns:
        the sentence; "" without polls.
    """
    if looks > failed:
        others = f" and could not be read {_times(failed)}" if failed else ""
        return (
            f"It was not in your job list, which was read {_times(looks - failed)}{others}. "
            "That does not prove that there is none."
        )
    tries = "1 try" if failed == 1 else f"{failed} tries"
    return f"Your job list could not be read in {tries}." if failed else ""


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _trouble(problem: BspsaError | None) -> str:
    return f"The last look failed: {problem.message}" if problem else ""


def _hint(record: Record, drop: QuotaDrop | None) -> str:
    """Return the quota's hint; "" for a job that is never listed: its hours are given back."""
    return "" if record.is_unlisted else quota_hint(drop)


def quota_hint(drop: QuotaDrop | None) -> str:
    """Return what the quota suggests about a job that is not found: a hint, no proof.

    Args:
        drop: by how much the quota has fallen; None if not known.

    Returns:
        the sentence; "" if not known.
    """
    if drop is None:
        return ""
    if drop.rest <= LEAST:
        taken = "" if drop.known <= LEAST else " further than your other submissions took"
        return f"Your quota has not fallen{taken} since."
    if drop.own > LEAST:
        others = drop.known + drop.others > LEAST
        beside = ", not counting your other submissions" if others else ""
        fallen = f"Your quota has fallen by {drop.own:.2f} h since{beside}"
        return f"{fallen}, so a job may well be running."
    return (
        f"Your quota has fallen by {drop.rest:.2f} h since. That can be this job, or another "
        "of your submissions."
    )
