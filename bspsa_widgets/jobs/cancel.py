"""Cancels a running job or deletes a finished one; nothing else may call the client's `delete`.

On NSG, the request that cancels a running job deletes a finished one with its results. So the job
is read first; if it is still not known whether it is over, the user has to confirm. The response to
a DELETE says nothing; the read that follows it does.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.client.poll import Poll, poll_job
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.messages import system_name
from bspsa_widgets.domain.systems import NSG, PIZDAINT
from bspsa_widgets.errors import JobUnread, NotSent

What = Literal["cancel", "delete"]

_WAITING = frozenset({"STAGINGIN", "READY", "QUEUED", "QUEUE", "COMMANDRENDERING", "INPUTSTAGING"})
_RISK: dict[What, str] = {
    "cancel": "If it is over already, NSG deletes it, and its files there are lost for good.",
    "delete": "If it still goes on, it is cancelled instead; if it is over, its files there are "
    "lost for good.",
}


class EndResult(NamedTuple):
    """Result of a cancel or a delete.

    Attributes:
        job: the job as the service shows it afterwards.
        was_sent: False if no request was needed: the job was over already, or nothing can be
            deleted.
    """

    job: Job
    was_sent: bool

    def worked(self, what: What) -> bool:
        """Return whether the job is now over, or deleted.

        Args:
            what: what was requested: "cancel" or "delete".

        Returns:
            True if it is.
        """
        return self.job.is_over if what == "cancel" else self.job.stage == "DELETED"


def can_cancel(job: Job) -> bool:
    """Return whether a job can be cancelled: it is not over.

    Args:
        job: the job as last read.

    Returns:
        True if it can.
    """
    return not job.is_over


def can_delete(job: Job) -> bool:
    """Return whether a job can be deleted; Piz Daint keeps jobs that are over.

    Args:
        job: the job as last read.

    Returns:
        True if it can.
    """
    return job.hpc == NSG.id and job.terminal_stage and job.stage != "DELETED"


def is_at_risk(look: Poll, ref: JobRef) -> bool:
    """Return whether a request may delete a job whose state is not known.

    This is so if it cannot be read, or if the service shows it as DELETED although it was not ended
    from here. Piz Daint keeps jobs that are over.

    Args:
        look: result of the last poll.
        ref: system, project and id of the job.

    Returns:
        True if the job and its results may be lost.
    """
    return not _is_known(look) and ref.hpc != PIZDAINT.id


def has_to_end(look: Poll, ref: JobRef, what: What) -> bool:
    """Return whether a request has to be sent.

    Args:
        look: result of the last poll.
        ref: system, project and id of the job.
        what: "cancel" or "delete".

    Returns:
        False if the job is over, or deleted, already.

    Raises:
        NotSent: a job to delete is still running, or its system cannot delete jobs.
    """
    if what == "delete" and ref.hpc == PIZDAINT.id:
        raise NotSent("Piz Daint keeps its jobs: they cannot be deleted.", advice="")
    if not _is_known(look):
        return True
    if what == "cancel":
        return can_cancel(look.job)
    if not look.job.is_over:
        raise NotSent(
            f"The job goes on ({look.job.stage}); nothing was deleted.", advice="Cancel it first."
        )
    return can_delete(look.job)


def ask(look: Poll, ref: JobRef, what: What) -> str:
    """Return the question that the user has to confirm: what is known, and what is lost.

    Args:
        look: result of the last poll.
        ref: system, project and id of the job.
        what: "cancel" or "delete".

    Returns:
        the question.
    """
    job = look.job
    name = f"“{job.title:.80}”" if job.title else ref.job_id
    if is_at_risk(look, ref):
        return f"{_doubt(look)} {_RISK[what]} {what.capitalize()} {name} all the same?"
    if what == "delete":
        return (
            f"Delete {name} from {system_name(job)}? Its files there are lost for good; what "
            "you have downloaded stays."
        )
    lost = (
        "It may still be waiting: then only its place in the queue is lost."
        if job.stage in _WAITING
        else "What it has not written to its files yet is lost."
    )
    return f"Cancel {name}? {lost} {_quota(job)}"


async def end(
    service: ServiceAccountClient, ref: JobRef, what: What, *, unread: bool = False
) -> EndResult:
    """Cancel or delete a job, after the user's confirmation.

    Args:
        service: that has the job.
        ref: system, project and id of the job.
        what: "cancel" does nothing to a job that is over, "delete" nothing to one that is running.
        unread: send the request even if it may delete a job whose state is not known
            (`is_at_risk`).

    Returns:
        the result; see `ended_words`.

    Raises:
        NotSent: there is nothing to delete, or the service could not be reached.
        JobUnread: the request may delete the job, and `unread` is False; nothing was sent.
        BspsaError: the HPC system did not do it, or it is not known whether it did.
    """
    look = await poll_job(service, ref)
    if is_at_risk(look, ref) and not unread:
        raise JobUnread(f"{_doubt(look)} Nothing was sent.", risk=_RISK[what])
    if not has_to_end(look, ref, what):
        return EndResult(look.job, was_sent=False)
    return EndResult(await service.delete(ref, what), was_sent=True)


def ended_words(ended: EndResult, what: What) -> str:
    """Return a sentence with the result of a cancel or a delete.

    Args:
        ended: the result.
        what: "cancel" or "delete".

    Returns:
        the sentence.
    """
    job = ended.job
    if not ended.was_sent and what == "cancel":
        return f"The job was over already: {job.meaning} Nothing was cancelled."
    if not ended.was_sent:
        return f"There was nothing to delete: the job is {job.stage}."
    if what == "delete":
        if ended.worked(what):
            return "The job is deleted, and its files there are gone."
        return f"The job was to be deleted, and is still shown as {job.stage}. Look again later."
    if not ended.worked(what):
        return f"The cancel was sent. The job is still shown as {job.stage}; this may take a while."
    if job.stage == "DELETED":
        return (
            "The job is deleted: it may have come to its end just before the cancel, and then "
            "its files there are gone."
        )
    return {
        "succeeded": "The job had come to its end just before.",
        "failed": "The job is ended.",
        "cancelled": "The job is cancelled.",
        None: "The job is ended.",
    }[job.outcome]


def _is_known(look: Poll) -> bool:
    return look.problem is None and look.job.is_shown


def _doubt(look: Poll) -> str:
    unknown = "so it is not known whether it is over."
    if look.problem is not None:
        return f"The job cannot be read, {unknown} {look.problem.message}"
    return f"The service shows the job as {look.job.stage}, which may pass, {unknown}"


def _quota(job: Job) -> str:
    taken = "" if job.runtime is None else f" ({job.runtime:g} h)"
    return f"The quota that was taken for it{taken} may not be given back."
