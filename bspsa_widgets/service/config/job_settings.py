"""What a job is asked to do, once it has been checked."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class JobSettings:
    """What a job is asked to do.

    Attributes:
        runtime: hours > 0. nodes, cores: whole numbers ≥ 1. title: ≤ 100 characters.
        command: pizdaint's shell lines. tool, init_file: nsg's program and main file.
    """

    runtime: float
    nodes: int = 1
    cores: int = 1
    title: str = ""
    command: str = ""
    tool: str = ""
    init_file: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> JobSettings:
        return cls(**json.loads(text))


def is_inside(path: str) -> bool:
    """Whether a relative path of an archive stays inside it and means the same everywhere."""
    parts = path.split("/")
    if "\\" in path or "\0" in path or re.match(r"[A-Za-z]:", path):
        return False
    return all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in parts)
