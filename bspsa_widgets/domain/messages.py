"""Jobs in plain words: how far one has come, and of which system it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS, HpcSystem
from bspsa_widgets.errors import BspsaError


class Words(NamedTuple):
    """`headline` says first whether a job exists; `detail` what is known and what to do."""

    headline: str
    detail: str = ""


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


def others(ids: Sequence[str]) -> str:
    """Further jobs that carry the submission's marker; "" where there are none."""
    if not ids:
        return ""
    named = ", ".join(ids)
    return f"Your job list has more jobs of this submission ({named}). Each uses your quota."


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
