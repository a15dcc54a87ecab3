"""Every outcome in plain words: what happened, whether a job may exist, what to do.

The panel and the command say the same, from here. Errors bring their own sentences
(`message`, `verdict`, `advice`); here they are put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS, HpcSystem
from bspsa_widgets.errors import (
    AlreadySubmitted,
    BspsaError,
    InvalidInput,
    NotSent,
    Stopped,
    Unconfirmed,
    unlisted_advice,
)
from bspsa_widgets.submission.record import Record, State
from bspsa_widgets.submission.sizes import counted, megabytes, of_total, packing
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
    Unsure,
    Waiting,
    outcome_of,
)

NOT_KNOWN_YET = "We don't know yet whether the job was accepted."
TOO_LATE = "The service may already have the job, so this cannot be taken back"
FOUND = "The job was found in your job list."
AGAIN = "Submit again"
RISK_OF_TWO = (
    "The service may have the first one already. If it has, the job runs twice and both "
    "use your quota."
)
CONFIRM_AGAIN = f"{RISK_OF_TWO} Submit it again?"
CLOSE = (
    "Nobody will look for its job any more, and the same folder can be submitted again without "
    "this warning. Closing cancels nothing: if there is a job, it runs and uses your quota."
)
CONFIRM_CLOSE = f"{CLOSE} Close it?"
CONFIRM_REPEAT = "It will run once more and use your quota once more. Submit it again?"

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


class Words(NamedTuple):
    """`headline` says first whether a job exists; `detail` what is known and what to do."""

    headline: str
    detail: str = ""


def progress(step: Step) -> str:
    """One line for what is going on."""
    match step:
        case Checked():
            return "Checking the form and the folder"
        case Packing():
            return packing(step.done, step.total, step.files, step.all_files)
        case Packed(archive, left_out):
            more = f", {left_out:,} left out" if left_out else ""
            return f"Packed: {counted(archive.files)}, {megabytes(archive.size)}{more}"
        case Locked(lock):
            return f"Waiting for another program that is submitting (it has {lock})"
        case Repeats(earlier):
            return f"Sent once more: {sent_before(earlier)}"
        case Prepared() | Connecting():
            return "Asking the service"
        case Connected(hours, left):
            return quota_warning(hours, left) or f"This uses {hours:g} h of your quota"
        case _:
            return _progress_of_the_send(step)


def _progress_of_the_send(step: Step) -> str:
    match step:
        case Sending(done, total):
            return f"Uploading {of_total(done, total)}"
        case Waiting():
            return "Sent. Waiting for the service to hand the job over"
        case Late():
            return "It is too late to cancel: looking for the job in your job list"
        case Unsure():
            return NOT_KNOWN_YET
        case Looking():
            return "Looking for the job in your job list"
        case Accepted(job):
            return followed(job).headline
    raise TypeError(f"not a step of the send: {type(step).__name__}")


def followed(job: Job, other_jobs: Sequence[str] = ()) -> Words:
    """There is a job; this is how far it has come. `other_jobs`: ids of the same marker."""
    if not job.is_shown:
        headline, detail = lost(job)
        return Words(headline, joined(detail, others(other_jobs)))
    headline = {
        None: f"Submitted. {system_name(job)} has your job.",
        "succeeded": "Done. The job ran to its end.",
        "failed": "The job ran, and failed.",
        "cancelled": "The job was cancelled.",
    }[job.outcome]
    return Words(headline, others(other_jobs))


def lost(job: Job) -> Words:
    """The service does not show the job any more, which may pass."""
    # Of a job that was never seen in another stage this says no more than the headline.
    seen = f"It was last seen as {job.stage}; what" if job.is_shown else "What"
    return Words(
        "Submitted, but the service does not show the job any more.",
        f"{seen} became of it is not known. It is looked for from time to time.",
    )


def old(problem: BspsaError) -> str:
    """The last look at a job failed, which says nothing about the job."""
    return f"The last look failed, so this may be old. {problem}"


def ended(error: BspsaError) -> Words:
    """A submission that ended in an error."""
    if isinstance(error, Stopped):
        return Words("Cancelled. Nothing was sent.")
    if isinstance(error, InvalidInput):
        headline = "Not submitted: something in the form needs your attention."
        return Words(headline, f"Nothing was sent. {_listed(error)}")
    if outcome_of(error) == "unconfirmed":
        words = (error.message, error.verdict, error.advice)
        return Words("We don't know whether the job was accepted.", joined(*words))
    return Words(f"Not submitted: {lowered(error.message)}", joined(error.verdict, error.advice))


def others(ids: Sequence[str]) -> str:
    """Further jobs that carry the submission's marker; "" where there are none."""
    if not ids:
        return ""
    named = ", ".join(ids)
    return f"Your job list has more jobs of this submission ({named}). Each uses your quota."


def quota_warning(hours: float, left: float | None) -> str:
    """A quota that looks too small; "" where it does not. The figures are approximate."""
    if left is None or hours <= left:
        return ""
    return (
        f"This asks for {hours:g} h, and about {left:.1f} h of your quota are left: "
        "the service may refuse it."
    )


def kept_hours(hours: float) -> str:
    """The quota after a refusal: the service keeps the hours of some requests."""
    return (
        f"Your quota has fallen by {hours:.2f} h all the same. Ask EBRAINS support to give them "
        "back."
    )


def looks_here_only(problem: str, folder: str) -> str:
    """The list of the submissions in all folders cannot be written."""
    return (
        f"Only the submissions recorded in {folder} are known here: the list of those in other "
        f"folders cannot be written ({problem}). The same folder could be sent twice from two "
        "places."
    )


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


def unexpected(error: BaseException, *, may_be_sent: bool) -> BspsaError:
    """A fault of ours, as an error that says whether a job may exist."""
    words = f"Something went wrong here ({type(error).__name__}); the log has more."
    if may_be_sent:
        return Unconfirmed(words)
    return NotSent(words, advice="Nothing was sent. Submit again, and report it if it stays.")


def system_name(job: Job) -> str:
    """For people: "Piz Daint", "NSG", or what the service calls it."""
    system = SYSTEMS.get(job.hpc)
    return short_name(system) if system else job.project_hpc or "The service"


def short_name(system: HpcSystem) -> str:
    """Without the place: `Piz Daint — CSCS` → `Piz Daint`."""
    return system.label.split(" — ")[0]


def lowered(sentence: str) -> str:
    """A sentence to stand after a colon; names and "I" keep their capital."""
    first = sentence.split(" ", 1)[0]
    ordinary = first[:1].isupper() and first[1:].islower()
    return sentence[:1].lower() + sentence[1:] if ordinary else sentence


def joined(*sentences: str) -> str:
    """Those that say something, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


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
