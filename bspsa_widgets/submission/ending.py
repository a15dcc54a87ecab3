"""Cancels a job, or deletes one that is over: what is asked before, and what is known after.

The answer to a DELETE says nothing; the read that follows does. On NSG the same request that
cancels a running job deletes a finished one, so the job is read before as well.
"""

from __future__ import annotations

from typing import Literal

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.systems import NSG
from bspsa_widgets.errors import NotSent
from bspsa_widgets.submission.words import system_name

What = Literal["cancel", "delete"]

_WAITING = frozenset({"STAGINGIN", "READY", "QUEUED", "QUEUE", "COMMANDRENDERING", "INPUTSTAGING"})


def can_cancel(job: Job) -> bool:
    """Whether it still goes on."""
    return not job.is_over


def can_delete(job: Job) -> bool:
    """Whether there is something to delete: on Piz Daint a job that is over stays as it is."""
    return job.hpc == NSG.id and job.terminal_stage and job.stage != "DELETED"


def ask(job: Job, what: What) -> str:
    """What is lost, as a question."""
    name = f"“{job.title}”" if job.title else job.job_id
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


async def end(service: ServiceAccountClient, ref: JobRef, what: What) -> Job:
    """Do it, on the user's word; returns the job as it is shown afterwards.

    Raises:
        NotSent: there was nothing to cancel or delete any more.
        BspsaError: it cannot be read, or the HPC system did not do it.
    """
    job = await service.job(ref)
    if what == "cancel" and not can_cancel(job):
        raise NotSent(
            f"The job was over already: {job.meaning} Nothing was cancelled.",
            advice="Its files are still there.",
        )
    if what == "delete" and not can_delete(job):
        raise NotSent(f"There is nothing to delete: the job is {job.stage}.", advice="")
    return await service.delete(ref)


def ended_words(job: Job, what: What) -> str:
    """What is known afterwards, of the job as it is shown then."""
    if what == "delete":
        if job.stage == "DELETED":
            return "The job is deleted, and its files there are gone."
        return f"The job was to be deleted, and is still shown as {job.stage}. Look again later."
    if not job.is_over:
        return f"The cancel was sent. The job is still shown as {job.stage}; this may take a while."
    return {
        "succeeded": "The job had come to its end just before.",
        "failed": "The job is ended.",
        "cancelled": "The job is cancelled.",
        None: "The job is ended.",
    }[job.outcome]


def _quota(job: Job) -> str:
    taken = "" if job.runtime is None else f" ({job.runtime:g} h)"
    return f"The quota that was taken for it{taken} may not be given back."
