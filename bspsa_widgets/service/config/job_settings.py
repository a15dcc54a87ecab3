"""The checked settings of a job."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class JobSettings:
    """The checked settings of a job.

    Attributes:
        runtime: requested runtime in hours, > 0.
        nodes: number of nodes, ≥ 1.
        cores: cores per node, ≥ 1.
        title: at most 100 characters.
        command: shell commands (pizdaint).
        tool: id of the tool (nsg).
        init_file: path of the main file in the archive (nsg); empty: not given.
    """

    runtime: float
    nodes: int = 1
    cores: int = 1
    title: str = ""
    command: str = ""
    tool: str = ""
    init_file: str = ""

    def to_json(self) -> str:
        """Return the settings as JSON.

        Returns:
            The JSON text.
        """
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> JobSettings:
        """Return the settings in a JSON text.

        Args:
            text: as returned by `to_json`.

        Returns:
            The settings.
        """
        return cls(**json.loads(text))


def is_inside(path: str) -> bool:
    """Return whether a path in an archive stays inside it and is valid on every system.

    Args:
        path: relative path in the archive.

    Returns:
        True if it does.
    """
    parts = path.split("/")
    if "\\" in path or "\0" in path or re.match(r"[A-Za-z]:", path):
        return False
    return all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in parts)
