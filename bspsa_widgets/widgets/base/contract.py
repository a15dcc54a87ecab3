"""What Python and the views of both panels say to each other.

`js/generate_contract.py` writes it down for the view, as `js/src/contract.ts`, and so it does with
the contracts of both panels.

Python decides, the view shows: every sentence, meaning and outcome comes ready from Python. All
strings may come from a server: they are text, never markup. Moments are in ISO 8601; "" where
nobody knows.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from bspsa_widgets.domain.fields import declaration
from bspsa_widgets.domain.fields.declaration import FieldKind
from bspsa_widgets.domain.jobs import Outcome


class Connection(TypedDict):
    """Whether the service can be reached.

    Attributes:
        label: "local service" or the endpoint's host.
        user: name of the user; "" while nothing is known yet.
    """

    label: str
    user: str
    state: Literal["unknown", "connected", "no_token", "offline"]
    message: str


class QuotaState(TypedDict):
    """Hours of one project; approximate.

    Attributes:
        hours: what each user gets.
    """

    hours_left: float | None
    hours: float | None


Quotas = dict[str, QuotaState]
"""By "hpc/project"."""


class Option(TypedDict):
    """What can be chosen, and how it is called."""

    id: str
    label: str


Value = declaration.Value
"""A value of the form."""


class FieldSpec(TypedDict):
    """An input of a system's form.

    Attributes:
        name: a key of the form, or of its `options`.
        example: what it may look like: shown while the input is empty.
        is_open: another value than the choices can be typed.
        is_optional: it may be empty.
        tools: the tools that have the field; [] for all.
    """

    name: str
    label: str
    kind: FieldKind
    unit: str
    default: Value
    example: str
    help: str
    choices: list[Option]
    is_open: bool
    is_optional: bool
    tools: list[str]


class SystemSpec(TypedDict):
    """A system that the user can choose.

    Attributes:
        projects: known projects; the first is the default.
    """

    id: str
    label: str
    projects: list[str]
    fields: list[FieldSpec]


class StageState(TypedDict):
    """A stage, and since when the job is known to be in it."""

    stage: str
    at: str


class JobView(TypedDict):
    """The job as people read it.

    Attributes:
        is_lost: the service does not show it any more; what became of it is not known.
        stages: the usual stages of the system, in order.
        seen: stages as seen, oldest first.
        checked: when the stage was last read.
        note: set if the last poll failed, so that what is shown may be old; or if the job's input
            has not arrived.
    """

    job_id: str
    system: str
    project: str
    title: str
    runtime: str
    submitted: str
    ended: str
    stage: str
    is_lost: bool
    meaning: str
    outcome: Outcome | Literal[""]
    stages: list[str]
    seen: list[StageState]
    checked: str
    note: str


class PanelTraits(TypedDict, total=False):
    """Traits of every panel.

    Attributes:
        known_at: when Python last had something to show.
        saved_as: name of the copy of plain HTML that is beside the panel in a saved notebook.
        saved_bundle: the copy by MIME type: the view puts it there once the page was reloaded.
    """

    connection: Connection
    quotas: Quotas
    known_at: str
    saved_as: str
    saved_bundle: dict[str, str]


class Bye(TypedDict):
    """A view goes; nothing answers it.

    Attributes:
        is_gone: its output is gone as well.
    """

    kind: Literal["bye"]
    id: str
    is_gone: bool


class TokenRequest(TypedDict):
    """Use a token. It is held in memory in Python, and nowhere in the view."""

    kind: Literal["token"]
    id: str
    token: str


class Hello(TypedDict):
    """Proves that a kernel listens.

    Attributes:
        comm: the id by which the kernel knows the panel's comm.
        under_way: ids of the requests that have no answer yet.
    """

    kind: Literal["hello"]
    id: str
    comm: str
    under_way: list[str]


class Reply(TypedDict):
    """The answer to a request that has no other one, or that failed."""

    kind: Literal["reply"]
    id: str
    ok: bool
    message: str


class ListedFolder(TypedDict):
    """A folder that can be chosen."""

    name: str
    path: str


class ListedFile(TypedDict):
    """A file in the folder."""

    name: str
    size: int


class Listing(TypedDict):
    """One level of the folders.

    Attributes:
        path: relative to the root; "" is the root itself.
        parent: null at the root.
        more: the folder holds more than is listed.
    """

    kind: Literal["listing"]
    id: str
    path: str
    parent: str | None
    folders: list[ListedFolder]
    files: list[ListedFile]
    more: bool
    error: str
