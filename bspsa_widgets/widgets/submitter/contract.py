"""What Python and the submit panel's view say to each other; see `widgets/base/contract.py`."""

from __future__ import annotations

from typing import Literal, TypedDict, final

from bspsa_widgets.packaging.entries import May
from bspsa_widgets.records.states import State
from bspsa_widgets.submission.steps import Outcome
from bspsa_widgets.widgets.base.contract import (
    Bye,
    Hello,
    JobView,
    Listing,
    PanelTraits,
    Reply,
    SystemSpec,
    TokenRequest,
    Value,
)


class FileChoice(TypedDict):
    """Single files that travel or stay otherwise than the rules would have it.

    It counts only if `folder` is the form's. A folder's path may end with "/".

    Attributes:
        include: left out by a rule, and taken along.
        include_secrets: they look like a secret, and are taken along after a yes of their own.
    """

    folder: str
    include: list[str]
    exclude: list[str]
    include_secrets: list[str]


class Form(TypedDict, total=False):
    """The form: what the user typed, right or wrong (so numbers may be text).

    Attributes:
        project: "" is the service's default project.
        folder: relative to the browsing root, or absolute below it.
        runtime: hours.
        options: fields that are no key here, by name; what is missing has the field's default.
    """

    hpc: str
    project: str
    folder: str
    command: str
    tool: str
    init_file: str
    title: str
    node_number: float | str
    core_number: float | str
    runtime: float | str
    options: dict[str, Value]
    choice: FileChoice


class FolderInfo(TypedDict):
    """What would be sent of the folder.

    Attributes:
        size: bytes before packing.
    """

    state: Literal["none", "counting", "ok", "error"]
    files: int
    size: int
    left_out: int
    message: str


ActionKind = Literal["look", "again", "use", "close"]
"""Look for the job now, submit the form once more, put a record's settings into the form, or look
no more for a record's job."""


class Action(TypedDict):
    """A button for what can be done about a submission.

    Attributes:
        confirm: asked before it is done; "": done at once.
    """

    kind: ActionKind
    label: str
    confirm: str


StepName = Literal[
    "idle",
    "checking",
    "packing",
    "connecting",
    "sending",
    "waiting",
    "reconciling",
    "following",
    "over",
]
"""How far a submission is; "reconciling": sent without a response, and looked for in the user's job
list."""


class Status(TypedDict):
    """How far a submission is, and what it came to.

    Attributes:
        message: one line: what is going on, or what it came to.
        busy: a submission is under way: Submit is disabled.
        cancellable: Cancel still means that nothing is sent.
        total: 0: not known, show an indeterminate bar.
        headline: the band's first line: says first whether a job exists.
        detail: the band's further words.
        next_look: seconds from now until the job list is read again; 0: it is not planned.
        record: the record of the submission that this is about; "" if there is none.
        actions: what can be done about it, in the order of the buttons.
    """

    step: StepName
    message: str
    busy: bool
    cancellable: bool
    done: int
    total: int
    outcome: Outcome | Literal[""]
    headline: str
    detail: str
    next_look: float
    record: str
    actions: list[Action]


class RecordLine(TypedDict):
    """An earlier submission, as its record tells it.

    Attributes:
        at: when it was begun.
        words: the state in plain words.
        job_id: "" if no job is known.
    """

    record: str
    title: str
    system: str
    at: str
    state: State
    words: str
    job_id: str
    actions: list[Action]


@final
class NoJob(TypedDict):
    """There is no job."""


class SubmitterTraits(PanelTraits, Form, total=False):
    """The traits of the panel; Python and the view set those of the form.

    Attributes:
        projects: names by system id, as far as the service told.
        job: the service's response, as it came; {} if there is none.
        errors: sentences by field, or by "token" and "endpoint".
        warnings: sentences by field.
        records: newest first.
    """

    systems: list[SystemSpec]
    projects: dict[str, list[str]]
    folder_info: FolderInfo
    status: Status
    job: dict[str, object]
    job_view: JobView | NoJob
    errors: dict[str, str]
    warnings: dict[str, str]
    records: list[RecordLine]


class CancelRequest(TypedDict):
    """Say that a kernel listens; cancel the running submission."""

    kind: Literal["hello", "cancel"]
    id: str


class FormRequest(TypedDict):
    """Submit the form; submit it although the same was sent before; show what would be sent.

    The second only on the user's word. A newer review ends an older one.

    Attributes:
        form: it travels along: a trait's change may still wait behind a busy kernel.
    """

    kind: Literal["submit", "again", "review"]
    id: str
    form: Form


class RecordRequest(TypedDict):
    """Do to a submission what a button stands for; see `ActionKind`."""

    kind: Literal["look", "use", "close"]
    id: str
    record: str


class BrowseRequest(TypedDict):
    """List a folder.

    Attributes:
        path: relative to the root.
    """

    kind: Literal["browse"]
    id: str
    path: str


Request = CancelRequest | Bye | FormRequest | RecordRequest | BrowseRequest | TokenRequest
"""View → Python. Each has an id of its own, names its view, and gets exactly one answer."""


class LeftOut(TypedDict):
    """A file or folder that is not sent.

    Attributes:
        may: whether the user can take it along; "ask" is a likely secret.
        by_user: the user excludes it, and no rule.
    """

    path: str
    reason: str
    size: int | None
    may: May
    by_user: bool


class Stuck(TypedDict):
    """To be fixed, or left out, before anything is sent."""

    path: str
    reason: str


class Review(TypedDict):
    """What would be sent, file by file.

    Paths are relative to the folder; in `left_out` and `stuck` a folder's ends with "/".

    Attributes:
        files: path and size of those that are sent; sorted by path.
        size: bytes before packing.
        estimate: bytes of the archive, roughly.
        user_reason: the reason of what the user excludes.
        error: why there is nothing to show, or "".
    """

    kind: Literal["review"]
    id: str
    files: list[tuple[str, int]]
    left_out: list[LeftOut]
    stuck: list[Stuck]
    size: int
    estimate: int | None
    warnings: list[str]
    user_reason: str
    error: str


Answer = Hello | Listing | Review | Reply
"""Python → view."""
