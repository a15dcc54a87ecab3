"""What is kept of a submission: one frozen value, from before the first byte to the end.

    prepared ─→ sending ─┬→ accepted ─→ over
       │           │     ├→ refused        no job, by the service's word
       └─→ not_sent ←────┤                 no byte left
                         └→ unconfirmed ─┬→ accepted
                                         └→ closed   by the user, who waits no longer

A token is nowhere in it.
"""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.domain.jobs import EndSent, Job, JobRef, number
from bspsa_widgets.domain.marker import MARKER
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import InvalidInput

FORMAT = 1
KEY_FORMAT = 1  # of `Record.key`: to be raised with each change of `Record.asked`
MOST_JOB_CHARACTERS = 100_000  # of a job as the service shows it; real ones have 400
MOST_OTHERS = 100  # ids of further jobs

State = Literal[
    "prepared", "sending", "accepted", "refused", "not_sent", "unconfirmed", "over", "closed"
]

STATES: tuple[State, ...] = get_args(State)
_NEXT: dict[State, frozenset[State]] = {
    "prepared": frozenset({"sending", "not_sent"}),
    "sending": frozenset({"sending", "accepted", "refused", "not_sent", "unconfirmed", "closed"}),
    "unconfirmed": frozenset({"unconfirmed", "accepted", "closed"}),
    "accepted": frozenset({"accepted", "over"}),
    "closed": frozenset({"closed"}),
    "refused": frozenset({"refused"}),
    "not_sent": frozenset(),
    "over": frozenset({"over"}),
}


class NewerFormat(ValueError):
    """The file is whole, but only a newer release knows how to read it."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class Event(_Kept):
    """A state that the submission came into: when (ISO 8601, UTC), and what was said."""

    state: State
    at: str
    words: str = ""


class KeptArchive(_Kept):
    """The zip that was sent: name as sent, bytes, sha256 (hex), number of files."""

    name: str
    size: int
    sha256: str
    files: int


class Provenance(_Kept):
    """The git commit that the folder was at; `dirty`: with changes since (None: unknown)."""

    commit: str
    dirty: bool | None = None


class Record(_Kept):
    """A submission, as far as it has come.

    Attributes:
        format: of this file; older ones stay readable.
        marker: its id, and what its job is recognised by.
        state: see above. history: each state it came into, oldest first.
        endpoint: URL of the service. notebook: file name, "" where it is not known.
        folder: as typed. form: as typed, but for values that no file can hold.
        choice: what the user wanted in or out of the folder.
        hpc, project: as asked of the service.
        payload: the Payload header's keys, as sent.
        manifest: hash over the packed files' names, modes and contents.
        git: None where the folder is under no version control.
        quota_before: hours left before, read at `quota_at` (ISO 8601, UTC); None: not known.
        job: as the service last showed it. other_jobs: ids of further jobs that carry
            the marker. job_id_named: an id that came with an answer that was no success.
        is_unlisted: that answer says that the job runs without being in the job list.
        end_sent: what was sent to end the job.
        problem: why it is not known what became of it, or why there is no job.
        looks: how often the job was looked for in vain. failed_looks: those of them in
            which the service's list could not be read.
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
        """Fields of the other system are not checked, and may hold anything."""
        return JobForm(**{name: _plain(value) for name, value in form})

    def moved(self, state: State, words: str = "", **changes: Any) -> Record:
        """The record once the submission has come into `state`.

        Raises:
            ValueError: it cannot come there from where it is.
        """
        if state not in _NEXT[self.state]:
            raise ValueError(f"a submission that is {self.state} cannot become {state}")
        entered = (_event(state, words),) if state != self.state else ()
        history = (*self.history, *entered)
        if "job" in changes:
            changes["job"] = _short(changes["job"])
        if "other_jobs" in changes:
            changes["other_jobs"] = changes["other_jobs"][:MOST_OTHERS]
        return self.model_copy(update={"state": state, "history": history, **changes})

    def prepared(self) -> Record:
        """The record with its first date."""
        return self.model_copy(update={"history": (_event("prepared", ""),)})

    @property
    def is_open(self) -> bool:
        """What became of it is not known."""
        return self.state in ("sending", "unconfirmed")

    @property
    def title(self) -> str:
        """As people see it: without the marker."""
        return self.payload.get("title", "").removesuffix(f"[{self.marker}]").strip()

    @property
    def began(self) -> str:
        """When it was prepared, ISO 8601; "" in a file that lacks it."""
        return self.history[0].at if self.history else ""

    @property
    def hours(self) -> float:
        """Hours of the quota that its job asks for."""
        return number(self.payload.get("runtime")) or 0.0

    def entered(self, state: State) -> str:
        """When it came into a state, ISO 8601; "" where it never did."""
        return next((event.at for event in self.history if event.state == state), "")

    def seen_job(self) -> Job | None:
        """The job, where there is one that can be read."""
        try:
            job = None if self.job is None else Job.parse(self.job)
        except ValueError:
            return None
        return job and job.model_copy(update={"end_sent": self.end_sent})

    def job_ref(self) -> JobRef | None:
        """Where its job is found."""
        job = self.seen_job()
        return JobRef.of(job, self.hpc, self.project) if job else None

    def is_for(self, endpoint: Endpoint) -> bool:
        """Whether it was sent there. A local service comes back at another port."""
        if self.endpoint == endpoint.url:
            return True
        return endpoint.is_loopback and Endpoint.parse(self.endpoint).is_loopback

    def is_same_job(self, other: Record) -> bool:
        """Whether the same files are sent with the same settings to the same place."""
        return self.asked() == other.asked()

    def asked(self) -> tuple[object, ...]:
        """All that decides what the job does; names with a marker in them left out.

        Of the files it is what they are: the same can be packed to other bytes elsewhere.
        """
        payload = {key: value for key, value in self.payload.items() if key != "title"}
        command = payload.get("command", "").replace(self.archive.name, "{archive}")
        endpoint = Endpoint.parse(self.endpoint)
        place = "" if endpoint.is_loopback else endpoint.url
        asked = tuple(sorted((payload | {"command": command}).items()))
        return (self.manifest, place, self.hpc, self.project, self.title, asked)

    @property
    def key(self) -> str:
        """`asked()` as a hash of 32 hex digits: what files and settings are kept in order by."""
        return hashlib.sha256(ascii(self.asked()).encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """In ASCII: names of folders may hold bytes that are no text in any encoding."""
        return json.dumps(self.model_dump(), indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Record:
        """Read a record of this format or an older one.

        Raises:
            NewerFormat: only a newer release knows its format.
            ValueError: it is damaged.
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
    """Before all else: what a newer release writes need not look like a record of ours."""
    known = found.get("format", FORMAT) if isinstance(found, dict) else None
    if not isinstance(known, int) or known < 1:
        raise ValueError("not a record")
    if known > FORMAT:
        raise NewerFormat(f"of format {known!s:.20}, which a newer release can read")


def _plain(value: object) -> str | int | float | bool | None:
    """As it can be written into a file and read again; None for what cannot."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else None
    return float(value) if isinstance(value, float) and math.isfinite(value) else None


def _short(job: dict[str, Any] | None) -> dict[str, Any] | None:
    """The job, or of one that would fill the disk what says which it is."""
    if job is None or len(json.dumps(job, default=str)) <= MOST_JOB_CHARACTERS:
        return job
    known = {name: value for name, value in job.items() if name in Job.model_fields}
    return {
        name: value[:1000] if isinstance(value, str) else value
        for name, value in known.items()
        if isinstance(value, str | int | float | None)
    }


def date_now() -> str:
    """ISO 8601, UTC, to the millisecond: by it records are put in order."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _event(state: State, words: str) -> Event:
    return Event(state=state, at=date_now(), words=words)
