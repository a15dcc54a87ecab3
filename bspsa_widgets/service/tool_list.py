"""Which of NSG's tools run here, as a list to show."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.service.executors.options import read_options
from bspsa_widgets.service.executors.tool_place import place_of
from bspsa_widgets.service.executors.tools import TOOLS
from bspsa_widgets.service.service_file import FILE

__all__ = ["FILE", "ToolReport", "tool_reports"]


class ToolReport(NamedTuple):
    """A tool on this machine.

    Attributes:
        label: its name. ids: NSG's ids that it serves. key: its name in `service.toml`.
        python: what runs it. version: where it is known.
        missing: what is not installed; empty where the tool runs. install: what to do then.
    """

    label: str
    ids: tuple[str, ...]
    key: str
    python: str
    version: str
    missing: str
    install: str


def tool_reports(directory: Path) -> list[ToolReport]:
    """All tools, looked for where the service in `directory` would run them. Blocks.

    Raises:
        LocalServiceError: its `service.toml` cannot be used.
    """
    pythons = read_options(directory).pythons
    reports = []
    for tool in TOOLS:
        place = place_of(tool, pythons.get(tool.key))
        missing = place.missing()
        version = "" if missing else place.version()
        reports.append(
            ToolReport(tool.label, tool.ids, tool.key, place.python, version, missing, tool.install)
        )
    return reports
