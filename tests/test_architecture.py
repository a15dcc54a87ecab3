"""The architecture page names only what there is, and every room of the package."""

from __future__ import annotations

import re
from pathlib import Path

import bspsa_widgets

PACKAGE = Path(bspsa_widgets.__file__).parent
PAGE = (PACKAGE / "README.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:[\w-]+/)*[\w-]+(?:\.\w+|/))`", PAGE)))


def test_every_path_is_there() -> None:
    assert len(PATHS) > 50
    roots = (PACKAGE, PACKAGE.parent)
    assert [path for path in PATHS if not any((root / path).exists() for root in roots)] == []


def test_every_room_is_described() -> None:
    rooms = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    assert rooms - set(PATHS) == {"tutorials/"} & rooms


def test_every_module_is_in_a_room_or_named() -> None:
    alone = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert [name for name in alone if name.removesuffix(".py") not in PAGE] == []
