"""Words every outcome: what happened, whether a job may exist, what to do.

The panel and the command line both use these sentences. Errors bring their own sentences
(`message`, `verdict`, `advice`), which are combined here.
"""

from __future__ import annotations

from bspsa_widgets.domain.format import format_count, format_done, format_packing, format_size
from bspsa_widgets.domain.messages import Message, followed, joined, lowered
from bspsa_widgets.domain.systems import all_fields
from bspsa_widgets.errors import (
    BspsaError,
    InvalidInput,
    NotSent,
    Stopped,
    Unconfirmed,
)
from bspsa_widgets.records.messages import sent_before
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


def progress(step: Step) -> str:
    """Return one line about the current step.

    Args:
        step: the step.

    Returns:
        the line.
    """
    match step:
        case Checked():
            return "Checking the form and the folder"
        case Packing():
            return format_packing(step.done, step.total, step.files, step.all_files)
        case Packed(archive, left_out):
            more = f", {left_out:,} excluded" if left_out else ""
            return f"Packed: {format_count(archive.files)}, {format_size(archive.size)}{more}"
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
            return f"Uploading {format_done(done, total)}"
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


def ended(error: BspsaError) -> Message:
    """Return the words for a submission that ended in an error.

    Args:
        error: the error.

    Returns:
        headline and details.
    """
    if isinstance(error, Stopped):
        return Message("Cancelled. Nothing was sent.")
    if isinstance(error, InvalidInput):
        headline = "Not submitted: something in the form needs your attention."
        return Message(headline, f"Nothing was sent. {_listed(error)}")
    if outcome_of(error) == "unconfirmed":
        words = (error.message, error.verdict, error.advice)
        return Message("We don't know whether the job was accepted.", joined(*words))
    return Message(f"Not submitted: {lowered(error.message)}", joined(error.verdict, error.advice))


def quota_warning(hours: float, left: float | None) -> str:
    """Return a warning if the quota looks too small. The figures are approximate.

    Args:
        hours: hours that the job takes of the quota.
        left: hours left of the quota; None if not known.

    Returns:
        the warning; "" if there is none.
    """
    if left is None or hours <= left:
        return ""
    return (
        f"This asks for {hours:g} h, and about {left:.1f} h of your quota are left: "
        "the service may refuse it."
    )


def kept_hours(hours: float) -> str:
    """Return a sentence about hours that the service keeps after it refused a job.

    Args:
        hours: hours by which the quota has fallen.

    Returns:
        the sentence.
    """
    return (
        f"Your quota has fallen by {hours:.2f} h all the same. Ask EBRAINS support to give them "
        "back."
    )


def checks_here_only(problem: str, folder: str) -> str:
    """Return a warning that submissions from other folders are not known.

    Args:
        problem: why the list of the submissions in all folders cannot be written.
        folder: folder whose records are known.

    Returns:
        the warning.
    """
    return (
        f"Only the submissions recorded in {folder} are known here: the list of those in other "
        f"folders cannot be written ({problem}). The same folder could be sent twice from two "
        "places."
    )


def unexpected(error: BaseException, *, may_be_sent: bool) -> BspsaError:
    """Return an unexpected exception as an error that says whether a job may exist.

    Args:
        error: the exception.
        may_be_sent: whether the first byte has been sent.

    Returns:
        `Unconfirmed` if it may have been sent, otherwise `NotSent`.
    """
    words = f"Something went wrong here ({type(error).__name__}); the log has more."
    if may_be_sent:
        return Unconfirmed(words)
    return NotSent(words, advice="Nothing was sent. Submit again, and report it if it stays.")


def _listed(error: InvalidInput) -> str:
    labels = {name: field.label for name, field in all_fields().items()} | {
        "hpc": "System",
        "project": "Project",
        "folder": "Folder",
    }
    return " ".join(
        f"{labels.get(name, name.capitalize())}: {sentence}"
        for name, sentence in error.errors.items()
    )
