"""The fields of the form, and the arguments of a panel, by names that editors complete."""

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
    """All but the folder; a number may also be what was typed instead of one."""

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
    """Of `JobSubmitter`, but for the places of its notebook and of its records."""

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
