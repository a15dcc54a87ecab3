"""The status of a submission as the view shows it.

Outcomes are worded in `bspsa_widgets.submission.messages`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.choice import LISTS
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import AlreadySubmitted, BspsaError, Unconfirmed
from bspsa_widgets.records.record import Record
from bspsa_widgets.submission import messages as words
from bspsa_widgets.submission import unconfirmed
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connected,
    Connecting,
    Late,
    Locked,
    Looking,
    Outcome,
    Packed,
    Packing,
    Prepared,
    Repeats,
    Sending,
    Step,
    outcome_of,
)
from bspsa_widgets.widgets.submitter.contract import Status, StepName
from bspsa_widgets.widgets.submitter.records_state import USE, action

CHOICE = frozenset({*LISTS, "choice"})  # fields without an input of their own

IDLE: Status = {
    "step": "idle",
    "message": "",
    "busy": False,
    "cancellable": False,
    "done": 0,
    "total": 0,
    "outcome": "",
    "headline": "",
    "detail": "",
    "record": "",
    "next_look": 0.0,
    "actions": [],
}

CHECKING: Status = IDLE | {
    "step": "checking",
    "message": "Checking the form and the folder",
    "busy": True,
    "cancellable": True,
}


def during(step: Step) -> Status:
    """Return the status while a submission is running.

    Args:
        step: the current step.

    Returns:
        the status.
    """
    busy: Status = IDLE | {"busy": True, "cancellable": True, "message": words.progress(step)}
    match step:
        case Checked():
            return CHECKING
        case Packing(done, total):
            return busy | {"step": "packing", "done": done, "total": total}
        case Packed() | Locked() | Repeats():
            return busy | {"step": "packing", "done": 1, "total": 1}
        case Prepared() | Connecting() | Connected():
            return busy | {"step": "connecting"}
        case Accepted(job):
            return followed(job)
        case _:
            return _sent(step, busy | {"cancellable": False, "detail": words.TOO_LATE})


def _sent(step: Step, busy: Status) -> Status:
    """Return the status after the first byte."""
    match step:
        case Sending(done, total):
            return busy | {"step": "sending", "done": done, "total": total}
        case Late():
            return busy | {"step": "waiting", "detail": unconfirmed.late().detail}
        case _:
            return busy | {"step": "waiting"}


def unsure(error: Unconfirmed) -> Status:
    """Return the status when the response was lost, before the search for the job.

    Args:
        error: what happened.

    Returns:
        the status.
    """
    return _reconciling(error.record, unconfirmed.unsure(error), 0.0)


def looking(record: Record, step: Looking) -> Status:
    """Return the status between two polls.

    Args:
        record: record of the submission.
        step: state of the search.

    Returns:
        the status.
    """
    return _reconciling(record.marker, unconfirmed.looking(record, step), step.pause)


def _reconciling(record: str, said: job_messages.Message, pause: float) -> Status:
    look = action("look", "Look now")
    again = action("again", f"{words.AGAIN}…", words.CONFIRM_AGAIN)
    status = _outcome("unconfirmed", said, step="reconciling")
    return status | {"record": record, "next_look": pause, "actions": [look, again]}


def followed(job: Job, other_jobs: Sequence[str] = ()) -> Status:
    """Return the status when there is a job.

    Args:
        job: the job as last read.
        other_jobs: ids of further jobs of the submission.

    Returns:
        the status.
    """
    said = job_messages.followed(job, other_jobs)
    return _outcome("accepted", said, step="over" if job.is_over else "following")


def lost(job: Job) -> Status:
    """Return the status while the service does not show the job; its note says more.

    Args:
        job: the job as last read.

    Returns:
        the status.
    """
    return _outcome(
        "accepted", job_messages.Message(job_messages.lost(job).headline), step="following"
    )


def ended(error: BspsaError) -> Status:
    """Return the status after a submission that ended in an error.

    Args:
        error: the error.

    Returns:
        the status.
    """
    status = _outcome(outcome_of(error), words.ended(error))
    if isinstance(error, AlreadySubmitted):
        confirm = words.CONFIRM_AGAIN if error.is_open else words.CONFIRM_REPEAT
        again = action("again", f"{words.AGAIN}…", confirm)
        return status | {"record": error.record, "actions": [again]}
    if isinstance(error, Unconfirmed):
        may_be_found = error.record and not error.is_unlisted
        look = [action("look", "Check again")] if may_be_found else []
        again = action("again", f"{words.AGAIN}…", words.CONFIRM_AGAIN)
        return status | {"record": error.record, "actions": [*look, again]}
    return status


def errors_of(error: BspsaError) -> dict[str, str]:
    """Return the errors by field; those of the choice belong to the folder.

    Args:
        error: the error.

    Returns:
        sentences by field.
    """
    errors: dict[str, str] = {}
    for field, message in error.errors.items():
        place = "folder" if field in CHOICE else field
        errors[place] = f"{errors[place]} {message}" if place in errors else message
    return errors


def of_an_earlier_form(status: Status) -> Status:
    """Return the status of a record whose settings differ from the form.

    The action is then to use its settings; Submit asks, since the same was sent before.

    Args:
        status: the status.

    Returns:
        the status with other actions.
    """
    actions = [one for one in status["actions"] if one["kind"] != "again"]
    return status | {"actions": [*actions, action("use", USE)]}


def _outcome(outcome: Outcome, said: job_messages.Message, step: StepName = "over") -> Status:
    return IDLE | {
        "step": step,
        "outcome": outcome,
        "message": said.headline,
        "headline": said.headline,
        "detail": said.detail,
    }
