"""A job, its stages and its files, as the service reports them.

Stages are an open set: known ones are explained, others are shown as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.domain.marker import split
from bspsa_widgets.domain.systems import default_project

Outcome = Literal["succeeded", "failed", "cancelled"]
# What this user's programs have sent to end a job; "" for nothing.
EndSent = Literal["", "cancel", "delete"]

MEANINGS: dict[str, str] = {
    "STAGINGIN": "Input files are being put in place.",
    "READY": "Ready to start.",
    "QUEUED": "Waiting for free nodes.",
    "RUNNING": "Running.",
    "STAGINGOUT": "Results are being collected.",
    "SUCCESSFUL": "Done.",
    "FAILED": "The job failed.",
    "UNDEFINED": "The system does not say.",
    "QUEUE": "Waiting for NSG to take it up.",
    "COMMANDRENDERING": "NSG is preparing the run.",
    "INPUTSTAGING": "Input files are being put in place.",
    "SUBMITTED": "Handed to NSG's machine: waiting or running.",
    "LOAD_RESULTS": "Results are being collected.",
    "COMPLETED": "Done.",
    "CANCELED": "Cancelled.",
    "DELETED": "Deleted.",
}

# The service also says DELETED of a job that the HPC system does not find for a moment.
_CANCELLED_STAGES = frozenset({"CANCELED", "DELETED"})
_NOT_SHOWN = "The service does not show the job any more; this may pass."


class Job(BaseModel):
    """One job. Unknown keys are kept in `raw`; text that is only shown is cleaned.

    Attributes:
        job_id: the id that URLs need, unchanged (`id` is the service's row number).
        id: the service's row number; None if not given.
        title: as the user gave it.
        marker: what the submission added to the title, or "".
        project_name: name of the project, as the service has it.
        project_hpc: name of the system, as the service has it.
        init_date: time of submission, ISO 8601 text in UTC, or None.
        end_date: time of the end, ISO 8601 text in UTC, or None.
        runtime: requested hours; None if it is not a number.
        stage: see `MEANINGS`; other values occur.
        terminal_stage: whether the service has stopped polling the job.
        owner: id of the owner, as the service has it.
        project: the service's row number of the project; None if not given.
        end_sent: what this user's programs have sent to end the job. The service does not say.
        raw: the response of the service as it sent it. Its `failed` is true for every open job
            of Piz Daint: use `outcome`.

    Example:
        >>> job = Job.parse({"job_id": "NGBW-JOB-PY_TG-0A", "project_hpc": "NSG", "stage": "QUEUE"})
        >>> job.hpc, job.is_over, job.outcome
        ('nsg', False, None)
    """

    model_config = ConfigDict(frozen=True)

    job_id: str
    id: int | None = None
    title: str = ""
    marker: str = ""
    project_name: str = ""
    project_hpc: str = ""
    init_date: str | None = None
    end_date: str | None = None
    runtime: float | None = None
    stage: str = ""
    terminal_stage: bool = False
    owner: str = ""
    project: int | None = None
    end_sent: EndSent = ""
    raw: dict[str, Any] = Field(repr=False)

    @classmethod
    def parse(cls, answer: object) -> Job:
        """Return a job from decoded JSON; a key of the wrong type counts as missing.

        Args:
            answer: decoded JSON object of the service.

        Returns:
            The job.

        Raises:
            ValueError: if it is not an object with a `job_id`.
        """
        if not isinstance(answer, Mapping):
            raise ValueError("not a job: not an object")
        job_id = answer.get("job_id")
        if not isinstance(job_id, str) or not job_id.strip():
            raise ValueError("not a job: it has no job_id")
        title, marker = split(_string(answer.get("title")) or "")
        return cls(
            job_id=job_id,
            id=_whole(answer.get("id")),
            title=clean_text(title),
            marker=marker,
            project_name=_text(answer.get("project_name")) or "",
            project_hpc=_text(answer.get("project_hpc")) or "",
            init_date=_text(answer.get("init_date")),
            end_date=_text(answer.get("end_date")),
            runtime=number(answer.get("runtime")),
            stage=_text(answer.get("stage")) or "",
            terminal_stage=answer.get("terminal_stage") is True,
            owner=_text(answer.get("owner")) or "",
            project=_whole(answer.get("project")),
            raw={str(key): value for key, value in answer.items()},
        )

    @property
    def order(self) -> tuple[str, int, str]:
        """Key that sorts jobs by their submission, oldest first, the same everywhere.

        The service dates jobs by the second; within a second its row numbers decide.
        """
        return (self.init_date or "", self.id or 0, self.job_id)

    @property
    def hpc(self) -> str:
        """The system's id as in URLs (`pizdaint`, `nsg`)."""
        return self.project_hpc.lower()

    @property
    def is_over(self) -> bool:
        """How the job ended; None while it runs. The service's `failed` counts at the end only."""
        return self.terminal_stage or (self.stage in _CANCELLED_STAGES and self.end_sent != "")

    @property
    def is_shown(self) -> bool:
        """Whether the stage says how the job is.

        False: the service says DELETED or CANCELED of a job that nobody here has ended. The job may
        still run, and the service may show it again.
        """
        return self.is_over or self.stage not in _CANCELLED_STAGES

    @property
    def outcome(self) -> Outcome | None:
        """How the job ended; None while it runs. The service's `failed` counts only at the end."""
        if not self.is_over:
            return None
        if self.stage in _CANCELLED_STAGES:
            return "cancelled"
        if self.stage == "FAILED" or self.raw.get("failed") is True:
            # Piz Daint ends a job that was cancelled as FAILED.
            return "cancelled" if self.end_sent == "cancel" else "failed"
        return "succeeded"

    @property
    def meaning(self) -> str:
        """The stage in plain words."""
        if not self.is_shown:
            return _NOT_SHOWN
        if self.outcome == "failed":
            return MEANINGS["FAILED"]
        if self.outcome == "cancelled" and self.stage not in _CANCELLED_STAGES:
            return f"Cancelled, which the system calls {self.stage:.60}."
        return MEANINGS.get(self.stage, f"The system says {self.stage!r:.60}.")

    def after(self, old: Job) -> Job:
        """Return the job with `end_sent` of an earlier state, which the service does not report.

        Args:
            old: an earlier state of the same job.

        Returns:
            The job with what was known before.
        """
        if self.end_sent or not old.end_sent:
            return self
        return self.model_copy(update={"end_sent": old.end_sent})

    @property
    def submitted(self) -> datetime | None:
        """`init_date` as a date with time zone; None if it cannot be read."""
        try:
            return datetime.fromisoformat(self.init_date or "")
        except ValueError:
            return None


class JobRef(NamedTuple):
    """Address of a job. Made from a `Job` or from what a user typed.

    Attributes:
        hpc: system id, lower case.
        project: name of the project, lower case.
        job_id: id of the job.

    Example:
        >>> JobRef.of(Job.parse({"job_id": "NGBW-JOB-PY_TG-0A", "project_hpc": "NSG"}))
        JobRef(hpc='nsg', project='bsp_nsg_01', job_id='NGBW-JOB-PY_TG-0A')
    """

    hpc: str
    project: str
    job_id: str

    @classmethod
    def of(cls, job: Job, hpc: str = "", project: str = "") -> JobRef:
        """Return the address of a job.

        Args:
            job: the job.
            hpc: system id, used if the job does not name one.
            project: project name, used if the job does not name one.

        Returns:
            The address.
        """
        place = job.hpc or hpc.lower()
        named = job.project_name or project or default_project(place)
        return cls(place, named.lower(), job.job_id)


class JobFile(BaseModel):
    """One file of a job.

    Attributes:
        name: as listed, without a leading slash, cleaned. It comes from a server: never a path.
        key: what a download is requested by, unchanged: the name (Piz Daint, and NSG while the
            job runs) or NSG's file id (after the job has ended).
        length: bytes, or None if the system does not say.
        raw: as the service sent it: a name (Piz Daint) or an object (NSG).

    Example:
        >>> JobFile.parse("/stdout").name
        'stdout'
        >>> JobFile.parse({"filename": "a.csv", "fileid": "7", "length": "12"}).length
        12
    """

    model_config = ConfigDict(frozen=True)

    name: str
    key: str
    length: int | None = None
    raw: str | dict[str, Any] = ""

    @property
    def final_length(self) -> int | None:
        """The length that a download must have, bytes; None while NSG's job still writes the file.

        NSG gives files an id after the job has ended; until then a listed length may be outdated.
        """
        grows = isinstance(self.raw, dict) and not self.raw.get("fileid")
        return None if grows else self.length

    @classmethod
    def parse(cls, answer: object) -> JobFile:
        """Return a file from Piz Daint's `"/stdout"` or NSG's object, whose length is text.

        Args:
            answer: one item of the decoded list.

        Returns:
            The file.

        Raises:
            ValueError: if it is neither.
        """
        if isinstance(answer, str) and answer.strip("/"):
            name = answer.lstrip("/")
            return cls(name=clean_text(name), key=name, raw=answer)
        if isinstance(answer, Mapping):
            listed = _string(answer.get("filename"))
            key = _string(answer.get("fileid")) or listed
            if listed and key:
                return cls(
                    name=clean_text(listed.lstrip("/")),
                    key=key,
                    length=_whole(answer.get("length")),
                    raw={str(name): value for name, value in answer.items()},
                )
        raise ValueError("not a file")


def _string(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return str(value)


def _text(value: object) -> str | None:
    """Return a value as `_string` does, cleaned, for values that are only shown."""
    found = _string(value)
    return None if found is None else clean_text(found)


def number(value: object) -> float | None:
    """Return a finite number from a number or from text.

    Args:
        value: a value of decoded JSON.

    Returns:
        The number; None for all other values.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _whole(value: object) -> int | None:
    found = number(value)
    return None if found is None or found != int(found) else int(found)
