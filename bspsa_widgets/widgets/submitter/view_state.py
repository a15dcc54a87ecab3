"""Steps, looks and errors as the dictionaries that the view shows (js/src/contract.ts).

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
from bspsa_widgets.jobs.input_check import NOTHING, Arrival, judge_start
from bspsa_widgets.jobs.polling.follow import Look
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

CHOICE = frozenset({*LISTS, "choice"})  # fields without a place of their own

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
    """All systems as the view's `SystemSpec`."""
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
    """Without its limits: they are weighed here."""
    return {name: value for name, value in asdict(field).items() if name != "limits"}


def during(step: Step) -> State:
    """The status while a submission is under way."""
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
    """Of a step after the first byte."""
    match step:
        case Sending(done, total):
            return {"step": "sending"} | _share(done, total)
        case Late():
            return {"step": "waiting", "detail": unconfirmed.late().detail}
        case _:
            return {"step": "waiting"}


def unsure(error: Unconfirmed) -> State:
    """The status once the answer is lost, and the job is about to be looked for."""
    return _reconciling(error.record, unconfirmed.unsure(error), 0.0)


def looking(record: Record, step: Looking) -> State:
    """The status between two looks."""
    return _reconciling(record.marker, unconfirmed.looking(record, step), step.pause)


def _reconciling(record: str, said: job_messages.Words, pause: float) -> State:
    look = _action("look", "Look now")
    again = _action("again", f"{words.AGAIN}…", words.CONFIRM_AGAIN)
    more = {"record": record, "next_look": pause, "actions": [look, again]}
    return _outcome("unconfirmed", said, step="reconciling") | more


def followed(job: Job, other_jobs: Sequence[str] = ()) -> State:
    """The status once there is a job; `other_jobs`: ids of further ones of the submission."""
    said = job_messages.followed(job, other_jobs)
    return _outcome("accepted", said, step="over" if job.is_over else "following")


def lost(job: Job) -> State:
    """The status where the service does not show the job any more; the rest is its note."""
    return _outcome(
        "accepted", job_messages.Words(job_messages.lost(job).headline), step="following"
    )


def ended(error: BspsaError) -> State:
    """The status after a submission that ended in an error."""
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
    """By the field that each stands at: those of the choice stand at the folder."""
    errors: dict[str, str] = {}
    for field, message in error.errors.items():
        place = "folder" if field in CHOICE else field
        errors[place] = f"{errors[place]} {message}" if place in errors else message
    return errors


def of_an_earlier_form(status: State) -> State:
    """For a record whose settings are not those in the form: they come back first.

    Submit then asks, since the same was sent before.
    """
    actions = [action for action in status["actions"] if action["kind"] != "again"]
    return status | {"actions": [*actions, _action("use", USE)]}


def record_line(record: Record) -> State:
    """One of the earlier submissions."""
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
    """A record that could not be read any more."""
    return _no_record(name, "This record was damaged and has been set aside; its job may exist.")


def unreadable_record(name: str) -> State:
    """A record that is whole, but not for this program to read."""
    return _no_record(name, "This record is of a newer release or of another user; it was left.")


def unreadable_folder(error: BspsaError) -> State:
    """The folder of the records cannot be read: what is in it is not known."""
    said = f"Earlier submissions cannot be shown. {error}"
    return _no_record("", said) | {"title": "Records of submissions"}


def only_here(problem: str, folder: str) -> State:
    """Submissions in other folders are not known."""
    said = words.looks_here_only(problem, folder)
    return _no_record("elsewhere", said) | {"title": "Submissions from other folders"}


def _no_record(name: str, said: str) -> State:
    empty = {"system": "", "at": "", "job_id": "", "actions": []}
    return {"record": name, "title": name, "state": "unconfirmed", "words": said} | empty


def _action(kind: str, label: str, confirm: str = "") -> State:
    return {"kind": kind, "label": label, "confirm": confirm}


def _share(done: int, total: int) -> State:
    return {"done": done, "total": total, "progress": done / total if total else 0.0}


def _outcome(outcome: str, said: job_messages.Words, step: str = "over") -> State:
    told = {"message": said.headline, "headline": said.headline, "detail": said.detail}
    return IDLE | {"step": step, "outcome": outcome} | told


def connected(label: str, quotas: list[Quota]) -> State:
    """The service answered; the user's name is what it calls the user in quotas."""
    user = quotas[0].raw.get("user") if quotas else None
    shown = clean_text(str(user)) if isinstance(user, str | int) else ""
    return {"label": label, "user": shown, "state": "connected", "message": ""}


def disconnected(label: str, error: BspsaError) -> State:
    """No token, or no answer."""
    state = "no_token" if isinstance(error, TokenError) else "offline"
    return {"label": label, "user": "", "state": state, "message": str(error)}


def quotas_state(quotas: list[Quota], projects: list[Project]) -> State:
    """Hours left by "hpc/project", of the hours that the project gives each user."""
    given = {(project.hpc, project.name): project.user_hours for project in projects}
    return {
        f"{quota.hpc}/{quota.project}": {
            "hours_left": quota.hours_left,
            "hours": given.get((quota.hpc, quota.project)),
        }
        for quota in quotas
    }


def projects_state(projects: list[Project]) -> State:
    """Project names by system id."""
    return {
        hpc: [project.name for project in projects if project.hpc == hpc]
        for hpc in sorted({project.hpc for project in projects})
    }


def job_view(look: Look, seen: list[tuple[str, datetime]], arrival: Arrival = NOTHING) -> State:
    """The job as people read it.

    Args:
        look: the last one.
        seen: stages in the order they were seen, and when.
        arrival: of its input.
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
    """The stages that were seen; the last one at the job's own time where that is known."""
    end = date_of(job.end_date) if job.is_over else None
    if end is None or not seen or seen[-1][0] != job.stage:
        return seen
    return [*seen[:-1], (job.stage, end)]


def _system(job: Job) -> HpcSystem | None:
    return SYSTEMS.get(job.hpc)


def _note(look: Look, seen: list[tuple[str, datetime]], arrival: Arrival) -> str:
    if look.is_lost:
        return job_messages.lost(look.job).detail
    notes = [] if look.problem is None else [job_messages.old(look.problem)]
    is_past = arrival.state == "missing" and look.job.outcome == "succeeded"  # told anew
    if arrival.state in ("missing", "unlisted") and not is_past:
        notes.append(arrival.words)
    if seen and seen[-1][0] == look.job.stage:
        notes.append(judge_start(look.job, (look.at - seen[-1][1]).total_seconds()).words)
    return " ".join(filter(None, notes))
