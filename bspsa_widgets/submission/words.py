"""Every outcome in plain words: what happened, whether a job may exist, what to do.

The panel and the command say the same, from here. Errors bring their own sentences
(`message`, `verdict`, `advice`); here they are put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS, HpcSystem
from bspsa_widgets.errors import (
    AlreadySubmitted,
    BspsaError,
    InvalidInput,
    NotSent,
    Stopped,
    Unconfirmed,
)
from bspsa_widgets.submission.record import Record, State
from bspsa_widgets.submission.sizes import counted, megabytes, of_total, packing
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connected,
    Connecting,
    Late,
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

TOO_LATE = "The service may already have the job, so this cannot be taken back"
FOUND = "The job was found in your job list."
AGAIN = "Submit again"
RISK_OF_TWO = (
    "The service may have the first one already. If it has, the job runs twice and both "
    "use your quota."
)
CONFIRM_AGAIN = f"{RISK_OF_TWO} Submit it again?"
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
        case Packed(archive):
            return f"Packed: {counted(archive.files)}, {megabytes(archive.size)}"
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
            return unsure(step.error).headline
        case Looking():
            return f"Looking for the job in your job list: {_looks(step.looks)} so far"
        case Accepted(job):
            return followed(job).headline
    raise TypeError(f"not a step of the send: {type(step).__name__}")


def followed(job: Job, other_jobs: Sequence[str] = ()) -> Words:
    """There is a job; this is how far it has come. `other_jobs`: ids of the same marker."""
    headline = {
        None: f"Submitted. {system_name(job)} has your job.",
        "succeeded": "Done. The job ran to its end.",
        "failed": "The job ran, and failed.",
        "cancelled": "The job was cancelled.",
    }[job.outcome]
    return Words(headline, others(other_jobs))


def lost(job: Job) -> Words:
    """The service does not show the job any more."""
    return Words(
        "Submitted, but the service does not show the job any more.",
        f"It was last seen as {job.stage}; what became of it is not known.",
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
        return Words("We don't know whether the job was accepted.", _joined(*words))
    return Words(f"Not submitted: {lowered(error.message)}", _joined(error.verdict, error.advice))


def late() -> Words:
    """Cancel was asked for after the first byte had left."""
    return Words(
        "It is too late to cancel.",
        "The service may have the job already. Looking for it in your job list; once it is "
        "there, you can cancel the job itself.",
    )


def unsure(error: Unconfirmed) -> Words:
    """The answer was lost; the looking begins."""
    return Words(
        "We don't know yet whether the job was accepted.",
        f"{error.message} Nothing will be sent again. Looking for the job in your job list.",
    )


def looking(problem: str, step: Looking) -> Words:
    """Not found yet. `problem` is how the answer was lost."""
    trouble = f"The last look failed: {step.problem.message}" if step.problem else ""
    found = f"It is not there after {_looks(step.looks)}." if step.looks and not trouble else ""
    hint = quota_hint(step.quota_drop)
    kept = "Nothing will be sent again. Looking for the job in your job list."
    return Words(
        "We don't know yet whether the job was accepted.",
        _joined(problem, kept, found, trouble, hint),
    )


def next_look(step: Looking, seconds: float) -> str:
    """The same in a line, while the next look is so many seconds away."""
    looked = {0: "", 1: "looked once, "}.get(step.looks, f"looked {step.looks} times, ")
    failed = "the last look failed, " if step.problem else ""
    return (
        f"Not known yet whether the job was accepted; {looked}{failed}next look in {seconds:.0f} s"
    )


def stopped_waiting(record: Record | None) -> Unconfirmed:
    """Nobody waits any longer, and the end was not known by then."""
    problem = record.problem.rstrip(".") + "." if record and record.problem else ""
    error = Unconfirmed(
        _joined(problem, "You stopped waiting before it was known whether the job was accepted.")
    )
    error.record = record.marker if record else ""
    return error


def others(ids: Sequence[str]) -> str:
    """Further jobs that carry the submission's marker; "" where there are none."""
    if not ids:
        return ""
    named = ", ".join(ids)
    return f"Your job list has more jobs of this submission ({named}). Each uses your quota."


def unconfirmed(record: Record, problem: BspsaError | None, drop: float | None) -> Unconfirmed:
    """The end of the looking: it was not found, which proves nothing."""
    known = (
        f"It was not in your job list in {_looks(record.looks)}, which does not prove that "
        "there is none."
    )
    trouble = f"The last look failed: {problem.message}" if problem else ""
    error = Unconfirmed(
        _joined(record.problem, known if record.looks else "", trouble, quota_hint(drop)),
        job_id=record.job_id_named,
        advice="Check again later. If you submit it again and the first one runs as well, "
        "both use your quota.",
    )
    error.record = record.marker
    return error


def quota_hint(drop: float | None) -> str:
    """What the quota says about a job that is not found: a hint, never a proof."""
    if drop is None:
        return ""
    if drop > 0.005:
        return f"Your quota has fallen by {drop:.2f} h since, so a job may well be running."
    return "Your quota has not fallen since."


def quota_warning(hours: float, left: float | None) -> str:
    """A quota that looks too small; "" where it does not. The figures are approximate."""
    if left is None or hours <= left:
        return ""
    return (
        f"This asks for {hours:g} h, and about {left:.1f} h of your quota are left: "
        "the service may refuse it."
    )


def sent_before(earlier: Record) -> str:
    """That the very same was sent before, when, and what became of it."""
    job = earlier.seen_job()
    known = f"as job {job.job_id}" if job else lowered(STATES[earlier.state]).rstrip(".")
    when = earlier.began[:19].replace("T", " ")
    return f"The same folder with the same settings was submitted before ({when} UTC, {known})."


def already(earlier: Record, *, is_open: bool) -> AlreadySubmitted:
    """The error for what takes the user's word first."""
    return AlreadySubmitted(sent_before(earlier), record=earlier.marker, is_open=is_open)


def record_words(record: Record) -> str:
    """What became of a submission, in a line."""
    job = record.seen_job()
    if job and record.state == "over":
        return followed(job).headline
    problem = record.problem if record.state in ("refused", "not_sent", "unconfirmed") else ""
    return _joined(STATES[record.state], problem)


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


def _looks(count: int) -> str:
    return "1 look" if count == 1 else f"{count} looks"


def _joined(*sentences: str) -> str:
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
