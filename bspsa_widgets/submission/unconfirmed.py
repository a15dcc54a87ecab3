"""The words for a submission of which it is not known whether a job exists."""

from __future__ import annotations

from bspsa_widgets.domain.messages import Words, joined
from bspsa_widgets.errors import BspsaError, Unconfirmed
from bspsa_widgets.records.messages import advice_on
from bspsa_widgets.records.record import Record
from bspsa_widgets.submission.messages import NOT_KNOWN_YET
from bspsa_widgets.submission.quota_drop import LEAST, QuotaDrop
from bspsa_widgets.submission.steps import Looking

_KEPT = "Nothing will be sent again. Looking for the job in your job list."


def late() -> Words:
    """Cancel was asked for after the first byte had left."""
    return Words(
        "It is too late to cancel.",
        "The service may have the job already. Looking for it in your job list; once it is "
        "there, you can cancel the job itself.",
    )


def unsure(error: Unconfirmed) -> Words:
    """The answer was lost; the looking begins."""
    advice = error.advice if error.is_unlisted else ""
    return Words(NOT_KNOWN_YET, joined(error.message, advice, _KEPT))


def looking(record: Record, step: Looking) -> Words:
    """Not found yet."""
    known = (
        lists_read(step.looks, step.failed),
        _trouble(step.problem),
        _hint(record, step.quota_drop),
    )
    return Words(NOT_KNOWN_YET, joined(record.problem, advice_on(record), _KEPT, *known))


def next_look(step: Looking, seconds: float) -> str:
    """The same in a line, while the next look is so many seconds away."""
    read = step.looks - step.failed
    looked = f"job list read {_times(read)}, " if read else ""
    looked += f"not readable {_times(step.failed)}, " if step.failed else ""
    return f"Not known yet whether the job was accepted; {looked}next look in {seconds:.0f} s"


def stopped_waiting(record: Record | None) -> Unconfirmed:
    """Nobody waits any longer, and the end was not known by then."""
    problem = record.problem.rstrip(".") + "." if record and record.problem else ""
    stopped = "You stopped waiting before it was known whether the job was accepted."
    return _error(record, joined(problem, stopped), advice=None)


def unconfirmed(record: Record, problem: BspsaError | None, drop: QuotaDrop | None) -> Unconfirmed:
    """The end of the looking: it was not found, which proves nothing."""
    known = (lists_read(record.looks, record.failed_looks), _trouble(problem), _hint(record, drop))
    return _error(
        record,
        joined(record.problem, *known),
        advice="Check again later. If you submit it again and the first one runs as well, "
        "both use your quota.",
    )


def _error(record: Record | None, message: str, advice: str | None) -> Unconfirmed:
    """With the record's own advice where the job will never be listed: looking on is no use."""
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
    """How often the job list was read, and how often it could not be."""
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
    """Not where the job is unlisted: the service gives its hours back, though it runs."""
    return "" if record.is_unlisted else quota_hint(drop)


def quota_hint(drop: QuotaDrop | None) -> str:
    """What the quota says about a job that is not found: a hint, never a proof."""
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
