"""What Python and the monitor's view say to each other; see `widgets/base/contract.py`.

Rows, details, logs and files travel as messages, so that 10,000 jobs do not go along with each
change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from bspsa_widgets.domain import streams
from bspsa_widgets.domain.jobs import Outcome
from bspsa_widgets.jobs.cancel import What
from bspsa_widgets.widgets.base.contract import (
    Bye,
    Hello,
    JobView,
    Option,
    PanelTraits,
    Reply,
    TokenRequest,
)
from bspsa_widgets.widgets.monitor.files_contract import FileMessage, FilesRequest

Stream = streams.Stream
"""What of a job's output."""


class JobRow(TypedDict):
    """One job in the table.

    Attributes:
        key: "hpc/project/JOB_ID".
        title: as people see it: without the marker.
        system: the system's name, as in "Piz Daint".
        is_over: nothing more will happen, whatever the outcome.
        is_lost: the service does not show it any more; what became of it is not known.
        since: when this stage began, or was first seen.
        number: the service's own, which tells the order of jobs of the same second; 0 if not known.
        asked: hours.
        used: hours, roughly; of a running job those before `running_since`.
        running_since: the view counts on from here while the job runs; "" if it does not.
        note: why the last poll of it failed, or "".
    """

    key: str
    job_id: str
    title: str
    hpc: str
    system: str
    project: str
    stage: str
    meaning: str
    outcome: Outcome | Literal[""]
    is_over: bool
    is_lost: bool
    since: str
    submitted: str
    number: int
    asked: float | None
    used: float | None
    running_since: str
    note: str


class FailedList(TypedDict):
    """A system whose list could not be read."""

    system: str
    words: str


class Condition(TypedDict):
    """What is known of the lists as a whole.

    Attributes:
        state: "old": it is not kept up to date any more; what is shown was true at `checked`.
        message: why it is so; of a live list, what failed beside it. "" if there is nothing to say.
        checked: when the lists were last read; "" before the first time.
    """

    state: Literal["loading", "live", "old", "failed"]
    message: str
    checked: str
    failed: list[FailedList]


class Saved(TypedDict):
    """The newest rows, and when they were true: what a saved notebook still shows."""

    at: str
    rows: list[JobRow]


class Choosing(TypedDict, total=False):
    """What is shown of all jobs; Python and the view set it.

    Attributes:
        hpc: "" is all systems.
        project: "" is all projects.
        selected: the key of the selected row; "" for none.
    """

    hpc: str
    project: str
    selected: str


class MonitorTraits(PanelTraits, Choosing, total=False):
    """The traits of the monitor."""

    systems: list[Option]
    condition: Condition
    saved: Saved


class TableRequest(TypedDict):
    """Say that a kernel listens; send all rows; read the lists now; drop the rows.

    The reply to "refresh" comes as that is done; "forget" is for a service that has gone.
    """

    kind: Literal["hello", "rows", "refresh", "forget"]
    id: str


class OpenJobRequest(TypedDict):
    """Open a job, or leave it; follow its log no more; list its files; stop their download.

    Details are sent whenever they change, until "close" or another "open".
    """

    kind: Literal["open", "close", "unfollow", "files", "stop_download"]
    id: str
    key: str


class LogRequest(TypedDict):
    """Send a log, and its changes while the job runs.

    Until "unfollow", or another "log" or "open".
    """

    kind: Literal["log"]
    id: str
    key: str
    stream: Stream
    lines: int
    whole: bool


class EndRequest(TypedDict):
    """Cancel or delete a job, only on the user's word; the reply says what is known afterwards.

    Attributes:
        unread: the user was told what may be lost if the job cannot be read.
    """

    kind: Literal["end"]
    id: str
    key: str
    what: What
    unread: bool


Request = (
    TableRequest | Bye | TokenRequest | OpenJobRequest | LogRequest | EndRequest | FilesRequest
)
"""View → Python. Each has an id of its own, names its view, and gets exactly one answer."""


class Rows(TypedDict):
    """All rows.

    Attributes:
        revision: each change counts up by one; if one is missing, the view asks for all rows again.
    """

    kind: Literal["rows"]
    id: str
    revision: int
    rows: list[JobRow]


class Changed(TypedDict):
    """Rows that are new or have changed, and keys of those that are gone."""

    kind: Literal["changed"]
    id: Literal[""]
    revision: int
    rows: list[JobRow]
    gone: list[str]


class CauseState(TypedDict):
    """Why a job failed.

    Attributes:
        rule: the name of the rule that said so.
        evidence: the line that it was read from.
    """

    headline: str
    detail: str
    advice: str
    rule: str
    evidence: str


class Setting(TypedDict):
    """A setting of a submission."""

    label: str
    value: str


class RecordDetails(TypedDict):
    """The record of a job's submission.

    Attributes:
        python: code that opens a panel with these settings.
    """

    record: str
    notebook: str
    endpoint: str
    began: str
    words: str
    settings: list[Setting]
    python: str


class InputState(TypedDict):
    """The state of a submission's input file."""

    state: Literal["", "arrived", "missing", "stuck", "unlisted"]
    words: str


class Details(TypedDict):
    """All that is known of one job.

    Attributes:
        job: the service's response, as it came.
        view: all "" if `error` says why there are no details.
        is_unread: the last poll failed: the questions say what may be lost, and a yes is sent as
            `unread`.
        ask_cancel: what is lost, as a question.
        ask_delete: what is lost, as a question.
        place: where results go, relative to the notebook.
    """

    kind: Literal["details"]
    id: str
    key: str
    job: dict[str, object]
    view: JobView
    owner: str
    record: RecordDetails | None
    cause: CauseState | None
    input: InputState
    can_cancel: bool
    can_delete: bool
    is_unread: bool
    ask_cancel: str
    ask_delete: str
    place: str
    error: str


Run = tuple[str, str]
"""A piece of text and how it looks: "" or words such as "bold red on-white"."""


class LogState(TypedDict):
    """What is known of one of a job's streams.

    Attributes:
        file: the name that the system has for it; "" while there is none.
        revision: counts up by one with each change; 0: it is not followed.
        at: place of the first line, counted on from change to change; if the log was written anew,
            from 0 again.
        first: number of the first line in the log, from 1, if known.
        size: bytes.
        is_complete: `lines` holds all of it.
        is_final: the job is over, and this was read after its end.
        problem: why the last read failed, or "".
    """

    id: str
    key: str
    stream: Stream
    file: str
    lines: Sequence[Sequence[Run]]
    revision: int
    at: int
    first: int | None
    size: int | None
    is_complete: bool
    is_final: bool
    note: str
    problem: str


class Log(LogState):
    """The last lines of a log, or all."""

    kind: Literal["log"]


class LogChanged(LogState):
    """What is new in a log. A view that has another revision than the one before asks for it all.

    Attributes:
        kept: how many of the lines from `at` on stay; `lines` come after them.
    """

    kind: Literal["log_changed"]
    kept: int


Message = Hello | Reply | Rows | Changed | Details | Log | LogChanged | FileMessage
"""Python → view."""
