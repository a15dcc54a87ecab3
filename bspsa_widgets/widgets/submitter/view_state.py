"""Converts steps, jobs and errors to the dictionaries of the view (js/src/contract.ts).

Outcomes are worded in `bspsa_widgets.submission.messages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.domain.choice import LISTS
from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS, Field, HpcSystem
from bspsa_widgets.errors import AlreadySubmitted, BspsaError, TokenError, Unconfirmed
from bspsa_widgets.jobs.input_check import NOTHING, InputCheck, judge_start
from bspsa_widgets.jobs.polling.follow import Poll
from bspsa_widgets.jobs.tracked_job import date_of
from bspsa_widgets.records import messages
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
    Packed,
    Packing,
    Prepared,
    Repeats,
    Sending,
    Step,
    outcome_of,
)

State = dict[str, Any]

CHOICE = frozenset({*LISTS, "choice"})  # fields without an input of their own

USE = "Use these settings again"
IDLE: State = {
    "step": "idle",
    "message": "",
    "progress": 0.0,
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
CHECKING: State = IDLE | {
    "step": "checking",
    "message": "Checking the form and the folder",
    "busy": True,
    "cancellable": True,
}


def systems_state() -> list[State]:
    """Return all systems.

    Returns:
        the view's `SystemSpec` of each.
    """
    return [
        {
            "id": system.id,
            "label": system.label,
            "projects": list(system.projects),
            "fields": [_field_state(field) for field in system.fields],
            "tools": [asdict(tool) for tool in system.tools],
            "stages": list(system.stages),
        }
        for system in SYSTEMS.values()
    ]


def _field_state(field: Field) -> State:
    """Return a field without its limits, which are checked in Python."""
    return {name: value for name, value in asdict(field).items() if name != "limits"}


def during(step: Step) -> State:
    """Return the status while a submission is running.

    Args:
        step: the current step.

    Returns:
        the view's `Status`.
    """
    busy = IDLE | {"busy": True, "cancellable": True, "message": words.progress(step)}
    match step:
        case Checked():
            return CHECKING
        case Packing(done, total):
            return busy | {"step": "packing"} | _share(done, total)
        case Packed() | Locked() | Repeats():
            return busy | {"step": "packing"} | _share(1, 1)
        case Prepared() | Connecting() | Connected():
            return busy | {"step": "connecting"}
        case Accepted(job):
            return followed(job)
        case _:
            return busy | {"cancellable": False, "detail": words.TOO_LATE} | _sent(step)


def _sent(step: Step) -> State:
    """Return what is special in the status after the first byte."""
    match step:
        case Sending(done, total):
            return {"step": "sending"} | _share(done, total)
        case Late():
            return {"step": "waiting", "detail": unconfirmed.late().detail}
        case _:
            return {"step": "waiting"}


def unsure(error: Unconfirmed) -> State:
    """Return the status when the response was lost, before the search for the job.

    Args:
        error: what happened.

    Returns:
        the view's `Status`.
    """
    return _reconciling(error.record, unconfirmed.unsure(error), 0.0)


def looking(record: Record, step: Looking) -> State:
    """Return the status between two polls.

    Args:
        record: record of the submission.
        step: state of the search.

    Returns:
        the view's `Status`.
    """
    return _reconciling(record.marker, unconfirmed.looking(record, step), step.pause)


def _reconciling(record: str, said: job_messages.Message, pause: float) -> State:
    look = _action("look", "Look now")
    again = _action("again", f"{words.AGAIN}…", words.CONFIRM_AGAIN)
    more = {"record": record, "next_look": pause, "actions": [look, again]}
    return _outcome("unconfirmed", said, step="reconciling") | more


def followed(job: Job, other_jobs: Sequence[str] = ()) -> State:
    """Return the status when there is a job.

    Args:
        job: the job as last read.
        other_jobs: ids of further jobs of the submission.

    Returns:
        the view's `Status`.
    """
    said = job_messages.followed(job, other_jobs)
    return _outcome("accepted", said, step="over" if job.is_over else "following")


def lost(job: Job) -> State:
    """Return the status while the service does not show the job; its note says more.

    Args:
        job: the job as last read.

    Returns:
        the view's `Status`.
    """
    return _outcome(
        "accepted", job_messages.Message(job_messages.lost(job).headline), step="following"
    )


def ended(error: BspsaError) -> State:
    """Return the status after a submission that ended in an error.

    Args:
        error: the error.

    Returns:
        the view's `Status`.
    """
    status = _outcome(outcome_of(error), words.ended(error))
    if isinstance(error, AlreadySubmitted):
        confirm = words.CONFIRM_AGAIN if error.is_open else words.CONFIRM_REPEAT
        again = _action("again", f"{words.AGAIN}…", confirm)
        return status | {"record": error.record, "actions": [again]}
    if isinstance(error, Unconfirmed):
        may_be_found = error.record and not error.is_unlisted
        look = [_action("look", "Check again")] if may_be_found else []
        again = _action("again", f"{words.AGAIN}…", words.CONFIRM_AGAIN)
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


def of_an_earlier_form(status: State) -> State:
    """Return the status of a record whose settings differ from the form.

    The action is then to use its settings; Submit asks, since the same was sent before.

    Args:
        status: the status.

    Returns:
        the status with other actions.
    """
    actions = [action for action in status["actions"] if action["kind"] != "again"]
    return status | {"actions": [*actions, _action("use", USE)]}


def record_line(record: Record) -> State:
    """Return one of the earlier submissions.

    Args:
        record: record of the submission.

    Returns:
        the view's `RecordLine`.
    """
    actions = [_action("use", USE)]
    if record.state == "unconfirmed":
        look = [] if record.is_unlisted else [_action("look", "Check again")]
        actions = [*look, *actions, _action("close", "Close…", words.CONFIRM_CLOSE)]
    system = SYSTEMS.get(record.hpc)
    job = record.seen_job()
    return {
        "record": record.marker,
        "title": record.title,
        "system": job_messages.short_name(system) if system else record.hpc,
        "at": record.began,
        "state": record.state,
        "words": messages.record_words(record),
        "job_id": job.job_id if job else "",
        "actions": actions,
    }


def damaged_record(name: str) -> State:
    """Return the line for a record that could not be read.

    Args:
        name: name of its file.

    Returns:
        the view's `RecordLine`.
    """
    return _no_record(name, "This record was damaged and has been set aside; its job may exist.")


def unreadable_record(name: str) -> State:
    """Return the line for a record of another user or a newer version.

    Args:
        name: name of its file.

    Returns:
        the view's `RecordLine`.
    """
    return _no_record(name, "This record is of a newer release or of another user; it was left.")


def unreadable_folder(error: BspsaError) -> State:
    """Return the line for a folder of records that cannot be read.

    Args:
        error: why not.

    Returns:
        the view's `RecordLine`.
    """
    said = f"Earlier submissions cannot be shown. {error}"
    return _no_record("", said) | {"title": "Records of submissions"}


def only_here(problem: str, folder: str) -> State:
    """Return the line that says that submissions in other folders are not known.

    Args:
        problem: why not.
        folder: folder whose records are known.

    Returns:
        the view's `RecordLine`.
    """
    said = words.looks_here_only(problem, folder)
    return _no_record("elsewhere", said) | {"title": "Submissions from other folders"}


def _no_record(name: str, said: str) -> State:
    empty = {"system": "", "at": "", "job_id": "", "actions": []}
    return {"record": name, "title": name, "state": "unconfirmed", "words": said} | empty


def _action(kind: str, label: str, confirm: str = "") -> State:
    return {"kind": kind, "label": label, "confirm": confirm}


def _share(done: int, total: int) -> State:
    return {"done": done, "total": total, "progress": done / total if total else 0.0}


def _outcome(outcome: str, said: job_messages.Message, step: str = "over") -> State:
    told = {"message": said.headline, "headline": said.headline, "detail": said.detail}
    return IDLE | {"step": step, "outcome": outcome} | told


def connected(label: str, quotas: list[Quota]) -> State:
    """Return the state of the connection after a response.

    Args:
        label: name of the service.
        quotas: the user's quotas, which contain the user's name.

    Returns:
        the view's `Connection`.
    """
    user = quotas[0].raw.get("user") if quotas else None
    shown = clean_text(str(user)) if isinstance(user, str | int) else ""
    return {"label": label, "user": shown, "state": "connected", "message": ""}


def disconnected(label: str, error: BspsaError) -> State:
    """Return the state of the connection without a token or a response.

    Args:
        label: name of the service.
        error: the error.

    Returns:
        the view's `Connection`.
    """
    state = "no_token" if isinstance(error, TokenError) else "offline"
    return {"label": label, "user": "", "state": state, "message": str(error)}


def quotas_state(quotas: list[Quota], projects: list[Project]) -> State:
    """Return the hours left and the hours per user by "hpc/project".

    Args:
        quotas: the user's quotas.
        projects: the user's projects.

    Returns:
        the trait `quotas`.
    """
    given = {(project.hpc, project.name): project.user_hours for project in projects}
    return {
        f"{quota.hpc}/{quota.project}": {
            "hours_left": quota.hours_left,
            "hours": given.get((quota.hpc, quota.project)),
        }
        for quota in quotas
    }


def projects_state(projects: list[Project]) -> State:
    """Return the names of the projects by system.

    Args:
        projects: the user's projects.

    Returns:
        the trait `projects`.
    """
    return {
        hpc: [project.name for project in projects if project.hpc == hpc]
        for hpc in sorted({project.hpc for project in projects})
    }


def job_view(look: Poll, seen: list[tuple[str, datetime]], arrival: InputCheck = NOTHING) -> State:
    """Return the job for the view.

    Args:
        look: result of the last poll.
        seen: stages in the order in which they were seen, and when.
        arrival: result of the input check.

    Returns:
        the view's `JobView`.
    """
    job = look.job
    system = _system(job)
    return {
        "job_id": clean_text(job.job_id),
        "system": job_messages.system_name(job),
        "project": job.project_name,
        "title": job.title,
        "runtime": "" if job.runtime is None else f"{job.runtime:g} h",
        "submitted": job.init_date or "",
        "ended": job.end_date or "",
        "stage": job.stage,
        "is_lost": look.is_lost,
        "meaning": "" if look.is_lost else job.meaning,
        "outcome": job.outcome or "",
        "stages": list(system.stages) if system else [],
        "seen": [{"stage": stage, "at": at.isoformat()} for stage, at in _stages_of(job, seen)],
        "checked": look.at.isoformat(),
        "note": _note(look, seen, arrival),
    }


def _stages_of(job: Job, seen: list[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    """Return the stages that were seen; the last one with the job's own end, if known."""
    end = date_of(job.end_date) if job.is_over else None
    if end is None or not seen or seen[-1][0] != job.stage:
        return seen
    return [*seen[:-1], (job.stage, end)]


def _system(job: Job) -> HpcSystem | None:
    return SYSTEMS.get(job.hpc)


def _note(look: Poll, seen: list[tuple[str, datetime]], arrival: InputCheck) -> str:
    if look.is_lost:
        return job_messages.lost(look.job).detail
    notes = [] if look.problem is None else [job_messages.old(look.problem)]
    is_past = arrival.state == "missing" and look.job.outcome == "succeeded"  # checked again
    if arrival.state in ("missing", "unlisted") and not is_past:
        notes.append(arrival.words)
    if seen and seen[-1][0] == look.job.stage:
        notes.append(judge_start(look.job, (look.at - seen[-1][1]).total_seconds()).words)
    return " ".join(filter(None, notes))
