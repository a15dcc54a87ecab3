"""Steps, looks and errors as the dictionaries that the view shows (js/src/contract.ts).

All wording of the panel's outcome is here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS, HpcSystem
from bspsa_widgets.errors import (
    BspsaError,
    InvalidInput,
    NotSent,
    Stopped,
    TokenError,
    Unconfirmed,
)
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.follow import Look
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connecting,
    Packed,
    Packing,
    Sending,
    Step,
    Waiting,
    outcome_of,
)

State = dict[str, Any]

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
}
CHECKING: State = IDLE | {
    "step": "checking",
    "message": "Checking the form and the folder",
    "busy": True,
    "cancellable": True,
}
NO_FOLDER: State = {
    "state": "none",
    "folder": "",
    "files": 0,
    "size": 0,
    "left_out": 0,
    "message": "",
}
TOO_LATE = "The service may already have the job, so this cannot be taken back"


def systems_state() -> list[State]:
    """All systems as the view's `SystemSpec`."""
    return [
        system.model_dump(mode="json", include={"id", "label", "projects", "stages"})
        | {
            "fields": [
                field.model_dump(mode="json", exclude={"limits"}) for field in system.fields
            ],
            "tools": [tool.model_dump(mode="json") for tool in system.tools],
        }
        for system in SYSTEMS.values()
    ]


def during(step: Step) -> State:
    """The status while a submission is under way."""
    busy = IDLE | {"busy": True, "cancellable": True}
    match step:
        case Checked():
            return CHECKING
        case Packing(done, total):
            words = f"Packing {megabytes(done)} of {megabytes(total)}"
            return busy | {"step": "packing", "message": words} | _share(done, total)
        case Packed(archive):
            words = f"Packed: {archive.files} files, {megabytes(archive.size)}"
            return busy | {"step": "packing", "message": words} | _share(1, 1)
        case Connecting():
            return busy | {"step": "connecting", "message": "Asking the service"}
        case Sending(done, total):
            words = f"Uploading {megabytes(done)} of {megabytes(total)}"
            sending = {"step": "sending", "message": words, "detail": TOO_LATE}
            return busy | sending | _share(done, total) | {"cancellable": False}
        case Waiting():
            words = "Sent. Waiting for the service to hand the job over"
            waiting = {"step": "waiting", "message": words, "detail": TOO_LATE}
            return busy | waiting | {"cancellable": False}
        case Accepted(job):
            return followed(job)


def followed(job: Job) -> State:
    """The status once there is a job."""
    name = system_name(job)
    headline = {
        None: f"Submitted. {name} has your job.",
        "succeeded": "Done. The job ran to its end.",
        "failed": "The job ran, and failed.",
        "cancelled": "The job was cancelled.",
    }[job.outcome]
    step = "over" if job.is_over else "following"
    return _outcome("accepted", headline, step=step)


def lost(job: Job) -> State:
    """The status where the service does not show the job any more."""
    headline = "Submitted, but the service does not show the job any more."
    detail = f"It was last seen as {job.stage}; what became of it is not known."
    return _outcome("accepted", headline, detail)


def ended(error: BspsaError) -> State:
    """The status after a submission that ended in an error."""
    outcome = outcome_of(error)
    if isinstance(error, Stopped):
        return _outcome(outcome, "Cancelled. Nothing was sent.")
    if isinstance(error, InvalidInput):
        headline = "Not submitted: something in the form needs your attention."
        return _outcome(outcome, headline, f"Nothing was sent. {_listed(error)}")
    words = [error.verdict, error.advice]
    headline = f"Not submitted: {lowered(error.message)}"
    if outcome == "unconfirmed":
        headline = "We don't know whether the job was accepted."
        words = [error.message, *words]
    return _outcome(outcome, headline, " ".join(word for word in words if word))


def _share(done: int, total: int) -> State:
    return {"done": done, "total": total, "progress": done / total if total else 0.0}


def _outcome(outcome: str, headline: str, detail: str = "", step: str = "over") -> State:
    words = {"message": headline, "headline": headline, "detail": detail}
    return IDLE | {"step": step, "outcome": outcome} | words


def unexpected(error: BaseException, submission: Submission | None) -> BspsaError:
    """A fault of ours, as an error that says whether a job may exist."""
    words = f"Something went wrong here ({type(error).__name__}); the log has more."
    if submission is not None and submission.may_be_sent:
        return Unconfirmed(words)
    return NotSent(words, advice="Nothing was sent. Submit again, and report it if it stays.")


def folder_info(folder: str, selection: Selection) -> State:
    """What would travel, in figures."""
    return NO_FOLDER | {
        "state": "ok",
        "folder": folder,
        "files": len(selection.members),
        "size": selection.size,
        "left_out": len(selection.left_out),
    }


def uncounted(folder: str, message: str) -> State:
    """A folder that cannot be sent as it is, and why."""
    return NO_FOLDER | {"state": "error", "folder": folder, "message": message}


def connected(label: str, quotas: list[Quota]) -> State:
    """The service answered; the user's name is what it calls the user in quotas."""
    user = quotas[0].raw.get("user") if quotas else None
    shown = str(user) if isinstance(user, str | int) else ""
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


def job_view(look: Look, seen: list[tuple[str, datetime]]) -> State:
    """The job as people read it.

    Args:
        look: the last one.
        seen: stages in the order they were seen, and when.
    """
    job = look.job
    system = _system(job)
    return {
        "job_id": job.job_id,
        "system": system_name(job),
        "project": job.project_name,
        "title": job.title,
        "runtime": "" if job.runtime is None else f"{job.runtime:g} h",
        "submitted": job.init_date or "",
        "ended": job.end_date or "",
        "stage": job.stage,
        "meaning": job.meaning,
        "outcome": job.outcome or "",
        "stages": list(system.stages) if system else [],
        "seen": [{"stage": stage, "at": at.isoformat()} for stage, at in seen],
        "checked": look.at.isoformat(),
        "note": _note(look),
    }


def system_name(job: Job) -> str:
    """For people: "Piz Daint", "NSG", or what the service calls it."""
    system = _system(job)
    return system.label.split(" — ")[0] if system else job.project_hpc or "The service"


def megabytes(size: int) -> str:
    """1500000 → "1.5 MB"; smaller sizes in kB and B."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1e6:.1f} MB"


def lowered(sentence: str) -> str:
    """A sentence to stand after a colon; names and "I" keep their capital."""
    first = sentence.split(" ", 1)[0]
    ordinary = first[:1].isupper() and first[1:].islower()
    return sentence[:1].lower() + sentence[1:] if ordinary else sentence


def _system(job: Job) -> HpcSystem | None:
    return SYSTEMS.get(job.hpc)


def _note(look: Look) -> str:
    if look.problem is None:
        return ""
    return f"The last look failed, so this may be old. {look.problem}"


def _listed(error: InvalidInput) -> str:
    labels = {field.name: field.label for system in SYSTEMS.values() for field in system.fields} | {
        "hpc": "System",
        "project": "Project",
        "folder": "Folder",
    }
    return " ".join(
        f"{labels.get(name, name.capitalize())}: {sentence}"
        for name, sentence in error.errors.items()
    )
