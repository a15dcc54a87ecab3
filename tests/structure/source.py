"""What both languages' figures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "bspsa_widgets"
TESTS = ROOT / "tests"
VIEW = ROOT / "js" / "src"
VIEW_TESTS = ROOT / "js" / "tests"


class Function(NamedTuple):
    """A function in the source.

    Attributes:
        place: file and line, as an editor takes them.
        name: its name; "(…)" for one that has none.
        lines: number of source lines; functions inside it count as its own.
    """

    place: str
    name: str
    lines: int


def relative(path: Path) -> str:
    """Return a path as seen from the repository's top folder."""
    return path.relative_to(ROOT).as_posix()


def count_lines(path: Path) -> int:
    """Return the number of lines of a file."""
    return path.read_text(encoding="utf-8").count("\n")


def files_by_folder(paths: Iterable[Path]) -> dict[str, int]:
    """Return the number of files directly in each folder."""
    folders: dict[str, int] = {}
    for path in paths:
        folder = relative(path.parent)
        folders[folder] = folders.get(folder, 0) + 1
    return folders


def circles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Find the groups of modules that import each other, directly or by way of others.

    Args:
        imports: for each module, those that it imports.

    Returns:
        The groups, each sorted; the more modules, the earlier.
    """
    reach = {module: _reached_from(module, imports) for module in imports}
    groups = {
        tuple(sorted(other for other in reach[module] if module in reach.get(other, ())))
        for module in imports
        if module in reach[module]
    }
    return sorted(([*group] for group in groups), key=lambda group: (-len(group), group))


def _reached_from(start: str, imports: Mapping[str, Iterable[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [*imports[start]]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting.extend(imports.get(module, ()))
    return reached
