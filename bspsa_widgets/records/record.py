"""The record of a submission: one immutable value, from before the first byte to the end.

A token is never part of it.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.jobs import EndSent, Job, JobRef, number
from bspsa_widgets.domain.marker import MARKER
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.records.states import NEXT_STATES, Event, State

FORMAT = 1
KEY_FORMAT = 1  # of `Record.key`: increase it with each change of `Record.asked`
MOST_JOB_CHARACTERS = 100_000  # of a job as the service shows it; real ones have 400
MOST_OTHERS = 100  # ids of further jobs


class NewerFormat(ValueError):
    """The file is complete, but only a newer release can read its format."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class KeptArchive(_Kept):
    """The zip that was sent.

    Attributes:
        name: file name as sent.
        size: bytes.
        sha256: digest, hex.
        files: number of files in it.
    """

    name: str
    size: int
    sha256: str
    files: int


class Provenance(_Kept):
    """The git commit of the folder.

    Attributes:
        commit: hash of the commit.
        dirty: whether there were changes since; None if unknown.
    """

    commit: str
    dirty: bool | None = None


class Record(_Kept):
    """A submission and its state.

    Attributes:
        format: format of the file; older formats stay readable.
        marker: id of the submission; its job is recognised by it.
        state: see `records.states`.
        endpoint: URL of the service.
        notebook: file name, "" if unknown.
        folder: as typed.
        form: as typed, except for values that cannot be stored.
        choice: the user's own choice of files.
        hpc: system id as sent.
        project: project name as sent.
        payload: keys of the Payload header, as sent.
        archive: the zip that was sent.
        manifest: hash over the packed files' names, modes and contents.
        git: None if the folder is not under version control.
        quota_before: hours left before the submission; None if unknown.
        quota_at: when these were read, ISO 8601, UTC.
        job: as the service last showed it.
        end_sent: what was sent to end the job.
        other_jobs: ids of further jobs with the same marker.
        job_id_named: id in a response that was no success.
        is_unlisted: whether that response says that the job runs without being in the job list.
        problem: why the outcome is unknown, or why there is no job.
        looks: how often the job was searched for in vain.
        failed_looks: how many of these searches failed because the job list could not be read.
        history: each state that it entered, oldest first.
    """

    format: int = FORMAT
    marker: str = Field(pattern=rf"^{MARKER.pattern}$")
    state: State = "prepared"
    endpoint: str
    notebook: str = ""
    folder: str
    form: JobForm
    choice: Choice = Choice()
    hpc: str
    project: str = ""
    payload: dict[str, str]
    archive: KeptArchive
    manifest: str
    git: Provenance | None = None
    quota_before: float | None = None
    quota_at: str = ""
    job: dict[str, Any] | None = None
    end_sent: EndSent = ""
    other_jobs: tuple[str, ...] = ()
    job_id_named: str | None = None
    is_unlisted: bool = False
    problem: str = ""
    looks: int = 0
    failed_looks: int = 0
    history: tuple[Event, ...] = ()

    @field_validator("form")
    @classmethod
    def _writable(cls, form: JobForm) -> JobForm:
        """Replace values that cannot be stored: fields of the other system are not checked."""
        given = form.options if isinstance(form.options, dict) else {}
        options = {str(name): _plain(value) for name, value in given.items()}
        return JobForm(**{name: _plain(value) for name, value in form} | {"options": options})

    def moved(self, state: State, words: str = "", **changes: Any) -> Record:
        """Return the record in a new state.

        Args:
            state: the new state.
            words: message for the history.
            **changes: new values of other attributes.

        Returns:
            The new record.

        Raises:
            ValueError: if the new state cannot follow the current one.
        """
        if state not in NEXT_STATES[self.state]:
            raise ValueError(f"a submission that is {self.state} cannot become {state}")
        entered = (Event.now(state, words),) if state != self.state else ()
        history = (*self.history, *entered)
        if "job" in changes:
            changes["job"] = _short(changes["job"])
        if "other_jobs" in changes:
            changes["other_jobs"] = changes["other_jobs"][:MOST_OTHERS]
        return self.model_copy(update={"state": state, "history": history, **changes})

    def prepared(self) -> Record:
        """Return the record with its first event.

        Returns:
            The record, dated now.
        """
        return self.model_copy(update={"history": (Event.now("prepared"),)})

    @property
    def is_open(self) -> bool:
        """Whether the outcome is unknown."""
        return self.state in ("sending", "unconfirmed")

    @property
    def title(self) -> str:
        """The title as people see it: without the marker."""
        return self.payload.get("title", "").removesuffix(f"[{self.marker}]").strip()

    @property
    def began(self) -> str:
        """When it was prepared, ISO 8601; "" in a file without history."""
        return self.history[0].at if self.history else ""

    @property
    def hours(self) -> float:
        """Hours of the quota that its job requests."""
        return number(self.payload.get("runtime")) or 0.0

    def entered(self, state: State) -> str:
        """Return when the submission entered a state.

        Args:
            state: the state.

        Returns:
            ISO 8601, UTC; "" if it never did.
        """
        return next((event.at for event in self.history if event.state == state), "")

    def seen_job(self) -> Job | None:
        """Return the job as last seen.

        Returns:
            The job; None if there is none, or it cannot be parsed.
        """
        try:
            job = None if self.job is None else Job.parse(self.job)
        except ValueError:
            return None
        return job and job.model_copy(update={"end_sent": self.end_sent})

    def job_ref(self) -> JobRef | None:
        """Return the address of its job.

        Returns:
            The address; None if there is no job.
        """
        job = self.seen_job()
        return JobRef.of(job, self.hpc, self.project) if job else None

    def is_for(self, endpoint: Endpoint) -> bool:
        """Return whether it was sent to an endpoint. A local service may return at another port.

        Args:
            endpoint: the endpoint.

        Returns:
            True if it was.
        """
        if self.endpoint == endpoint.url:
            return True
        return endpoint.is_loopback and Endpoint.parse(self.endpoint).is_loopback

    def is_same_job(self, other: Record) -> bool:
        """Return whether two submissions have the same files, settings and destination.

        Args:
            other: the other record.

        Returns:
            True if they have.
        """
        return self.asked() == other.asked()

    def asked(self) -> tuple[object, ...]:
        """Return all values that determine what the job does, without names that contain a marker.

        For the files the manifest counts: the same files can be packed to other bytes elsewhere.

        Returns:
            A tuple to compare.
        """
        payload = {
            key: value.replace(self.archive.name, "{archive}")
            for key, value in ({"command": ""} | self.payload).items()
            if key != "title"
        }
        endpoint = Endpoint.parse(self.endpoint)
        path = "" if endpoint.is_loopback else endpoint.url
        asked = tuple(sorted(payload.items()))
        return (self.manifest, path, self.hpc, self.project, self.title, asked)

    @property
    def key(self) -> str:
        """Hash of `asked()`, 32 hex digits: equal for the same files and settings."""
        return hashlib.sha256(ascii(self.asked()).encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """Return the record as JSON, in ASCII: folder names may hold bytes of no encoding.

        Returns:
            The text of the file.
        """
        return json.dumps(self.model_dump(), indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Record:
        """Return a record from a file of this format or an older one.

        Args:
            text: content of the file.

        Returns:
            The record.

        Raises:
            NewerFormat: if only a newer release can read its format.
            ValueError: if it is damaged.
        """
        try:
            found = json.loads(text)
            _check_format(found)
            record = cls.model_validate(found)
            Endpoint.parse(record.endpoint)
        except NewerFormat:
            raise
        except (ValueError, RecursionError, InvalidInput) as error:
            raise ValueError(f"damaged ({type(error).__name__})") from None
        return record


def _check_format(found: object) -> None:
    """Check the format first: a newer release may write a different structure."""
    known = found.get("format", FORMAT) if isinstance(found, dict) else None
    if not isinstance(known, int) or known < 1:
        raise ValueError("not a record")
    if known > FORMAT:
        raise NewerFormat(f"of format {known!s:.20}, which a newer release can read")


def _plain(value: object) -> str | int | float | bool | None:
    """Return a value that can be written to a file and read again; None for others."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else None
    return float(value) if isinstance(value, float) and math.isfinite(value) else None


def _short(job: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the job, or only its identifying values if it would fill the disk."""
    if job is None or len(json.dumps(job, default=str)) <= MOST_JOB_CHARACTERS:
        return job
    known = {name: value for name, value in job.items() if name in Job.model_fields}
    return {
        name: value[:1000] if isinstance(value, str) else value
        for name, value in known.items()
        if isinstance(value, str | int | float | None)
    }
