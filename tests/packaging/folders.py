"""Folders as tests make them, and what is found in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.selection import select


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name))


def travels(root: Path) -> list[str]:
    return [member.path for member in select(root).members]


def stays(root: Path) -> dict[str, str]:
    return {entry.path: entry.reason for entry in select(root).left_out}


def wrong(folder: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        select(folder)
    assert caught.value.field == "folder"
    assert str(caught.value).isprintable()
    str(caught.value).encode()
    return caught.value
