"""Fields of the form and arguments of a panel, with names that editors complete."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, TypedDict

from ipywidgets import Layout

from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.tokens import GivenToken
from bspsa_widgets.widgets.base.callbacks import OnDone

FORM = (
    "hpc",
    "project",
    "folder",
    "command",
    "tool",
    "init_file",
    "title",
    "node_number",
    "core_number",
    "runtime",
)
NUMBERS = ("node_number", "core_number", "runtime")


class FormFields(TypedDict, total=False):
    """The form's fields except the folder; a number may also be typed text."""

    hpc: str
    project: str
    command: str
    tool: str
    init_file: str
    title: str
    node_number: float | str
    core_number: float | str
    runtime: float | str


class PanelArguments(FormFields, total=False):
    """Arguments of `JobSubmitter`, except `root` and `records`."""

    folder: str | Path
    include: Iterable[str]
    exclude: Iterable[str]
    include_secrets: Iterable[str]
    endpoint: str | LocalService | None
    token: GivenToken | None
    trusted: Collection[str]
    settle: float
    on_done: OnDone | None
    layout: Layout | dict[str, Any] | None
