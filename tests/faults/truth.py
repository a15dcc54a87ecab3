"""The promise, held against the ledger.

We never send a job twice without asking, and we never call a job failed unless we know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bspsa_widgets.records import messages
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.states import State
from bspsa_widgets.submission import messages as words
from bspsa_widgets.submission.steps import Outcome, outcome_of
from bspsa_widgets.widgets.submitter import status_state
from tests.faults.figures import Case
from tests.faults.sending import Ended
from tests.faulty_server import Received

# What may not be said while a job exists.
_DENIALS = ("no job", "not sent", "nothing was sent", "not submitted", "refused:")
# A record's states, for each outcome that the user is told.
_STATES: dict[Outcome, tuple[State, ...]] = {
    "accepted": ("accepted", "over"),
    "refused": ("refused", "not_sent"),  # also by a read, before anything was sent
    "not_sent": ("not_sent",),
    "unconfirmed": ("unconfirmed",),
}


def judge(
    case: Case, ended: Ended, posts: Sequence[Received], jobs: Sequence[dict[str, Any]]
) -> None:
    """Count what is not true of how one submission ended.

    Args:
        posts: those that reached the service for it. jobs: those made of them.
    """
    _judge_sends(case, posts, jobs)
    _judge_words(case, ended, jobs)
    if ended.record is None:
        if posts:
            case.lost("something was sent, and no record of it can be read")
        return
    _judge_record(case, ended.record, jobs)
    _judge_outcome(case, ended, ended.record, was_sent=bool(posts))


def _judge_sends(case: Case, posts: Sequence[Received], jobs: Sequence[dict[str, Any]]) -> None:
    if len(jobs) > 1:
        case.duplicate(f"{len(jobs)} jobs")
    if len(posts) > 1:
        case.duplicate(f"{len(posts)} requests")
    if any(post.ended == "eof" for post in posts):
        case.wrong("the client ended a request in the middle as if it were whole")


def _judge_words(case: Case, ended: Ended, jobs: Sequence[dict[str, Any]]) -> None:
    if ended.accepted is not None:
        _judge_job(case, ended.accepted.job.job_id, jobs, "the user was told")
        case.check(ended.error is None, f"accepted, and an error: {ended.error!r}")
    if ended.error is None:
        return
    told = " ".join(words.ended(ended.error)).lower()
    if jobs and not ended.error.job_may_exist:
        case.lost(f"there is a job, and the user was told {ended.error!r}")
    if jobs and any(denial in told for denial in _DENIALS):
        case.wrong(f"there is a job, and the user read {told!r}")
    if ended.error.job_may_exist:
        case.check("not sent" not in told and "no job was" not in told, f"the user read {told!r}")
        case.check("don't know" in told and ended.error.advice, f"the user read {told!r}")
    outcome = status_state.ended(ended.error)["outcome"]
    case.check(outcome == outcome_of(ended.error), f"the panel shows {outcome}")


def _judge_record(case: Case, record: Record, jobs: Sequence[dict[str, Any]]) -> None:
    line = messages.record_words(record).lower()
    if record.state in ("accepted", "over"):
        job = record.seen_job()
        _judge_job(case, job.job_id if job else None, jobs, "the record names")
    elif jobs and not record.is_open:
        case.lost(f"there is a job, and its record is {record.state}: {record.problem}")
    if jobs and any(denial in line for denial in _DENIALS):
        case.wrong(f"there is a job, and its record reads {line!r}")


def _judge_job(case: Case, told: str | None, jobs: Sequence[dict[str, Any]], who: str) -> None:
    if not jobs:
        case.wrong(f"there is no job, and {who} {told}")
    elif told not in [job["job_id"] for job in jobs]:
        case.wrong(f"{who} {told}, which is another job")


def _judge_outcome(case: Case, ended: Ended, record: Record, *, was_sent: bool) -> None:
    outcome: Outcome = "accepted"
    if ended.error is not None:
        outcome = outcome_of(ended.error)
    elif ended.accepted is None:
        return  # nobody listened to the end
    if record.state not in _STATES[outcome]:
        case.wrong(f"the user was told {outcome}, and the record is {record.state}")
    states = [event.state for event in record.history]
    case.check(states[0] == "prepared", f"the record's history is {states}")
    if was_sent:
        case.check(record.state != "not_sent", "something was sent, and the record denies it")
        case.check("sending" in states, f"the record's history is {states}")
