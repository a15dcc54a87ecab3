"""Fields of the form and arguments of a panel, with names that editors complete."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, TypedDict

from ipywidgets import Layout

from bspsa_widgets.domain.fields.declaration import NAMED, Value
from bspsa_widgets.domain.systems import all_fields
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.tokens import GivenToken
from bspsa_widgets.widgets.base.callbacks import OnDone

FORM = ("hpc", "project", "folder", *NAMED, "options")
NUMBERS = tuple(name for name in NAMED if all_fields()[name].is_number)


class FormFields(TypedDict, total=False):
    """The form's fields except the folder; a number may also be typed text.

    `options` has the values of the fields that only one system has, by name.
    """

    hpc: str
    project: str
    command: str
    tool: str
    init_file: str
    title: str
    node_number: float | str
    core_number: float | str
    runtime: float | str
    options: dict[str, Value]


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
