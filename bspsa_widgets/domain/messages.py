"""Sentences about a job: its progress, and the name of its system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import BspsaError


class Message(NamedTuple):
    """A message in two parts.

    Attributes:
        headline: says first whether a job exists.
        detail: what is known, and what to do; may be "".
    """

    headline: str
    detail: str = ""


def followed(job: Job, other_jobs: Sequence[str] = ()) -> Message:
    """Return the message about a job that exists: its progress.

    Args:
        job: the job.
        other_jobs: ids of further jobs with the same marker.

    Returns:
        The message.
    """
    if not job.is_shown:
        headline, detail = lost(job)
        return Message(headline, joined(detail, others(other_jobs)))
    headline = {
        None: f"Submitted. {system_name(job)} has your job.",
        "succeeded": "Done. The job ran to its end.",
        "failed": "The job ran, and failed.",
        "cancelled": "The job was cancelled.",
    }[job.outcome]
    return Message(headline, others(other_jobs))


def lost(job: Job) -> Message:
    """Return the message about a job that the service no longer shows, which may be temporary.

    Args:
        job: the job, in its last known state.

    Returns:
        The message.
    """
    # For a job that was never seen in another stage, the stage would repeat the headline.
    seen = f"It was last seen as {job.stage}; what" if job.is_shown else "What"
    return Message(
        "Submitted, but the service does not show the job any more.",
        f"{seen} became of it is not known. It is looked for from time to time.",
    )


def old(problem: BspsaError) -> str:
    """Return the sentence for a failed poll, which says nothing about the job.

    Args:
        problem: why the poll failed.

    Returns:
        The sentence.
    """
    return f"The last look failed, so this may be old. {problem}"


def others(ids: Sequence[str]) -> str:
    """Return the sentence about further jobs with the submission's marker.

    Args:
        ids: their job ids.

    Returns:
        The sentence; "" if there are none.
    """
    if not ids:
        return ""
    named = ", ".join(ids)
    return f"Your job list has more jobs of this submission ({named}). Each uses your quota."


def system_name(job: Job) -> str:
    """Return the name of a job's system for people: "Piz Daint", "NSG", or the service's own name.

    Args:
        job: the job.

    Returns:
        The name.
    """
    system = SYSTEMS.get(job.hpc)
    return system.short_name if system else job.project_hpc or "The service"


def lowered(sentence: str) -> str:
    """Return a sentence for use after a colon; names and "I" keep their capital.

    Args:
        sentence: a sentence.

    Returns:
        The sentence with a lower-case first letter.
    """
    first = sentence.split(" ", 1)[0]
    ordinary = first[:1].isupper() and first[1:].islower()
    return sentence[:1].lower() + sentence[1:] if ordinary else sentence


def joined(*sentences: str) -> str:
    """Join the sentences that are not empty by spaces.

    Args:
        *sentences: sentences; some may be "".

    Returns:
        One text.
    """
    return " ".join(sentence for sentence in sentences if sentence)
