"""The figures, each with its goal."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.structure import docstrings, python_source, typescript_source
from tests.structure.source import Function, circles, count_lines, files_by_folder, relative

FOLDER, FILE, USUAL_FILE, FUNCTION, USUAL_FUNCTION = 20, 350, 100, 40, 8
CODE, PYTHON_RATIO, VIEW_RATIO = 18_500, 1.2, 0.9


class Figure(NamedTuple):
    """One figure.

    Attributes:
        name: as `--list` takes it.
        what: what it says, in words.
        value: the figure.
        goal: what is to be reached.
        is_reached: whether it is.
        offenders: what stands in its way, worst first.
    """

    name: str
    what: str
    value: float
    goal: str
    is_reached: bool
    offenders: Sequence[str] = ()


class Sources(NamedTuple):
    """One language's files, and how to read them.

    Attributes:
        name: "python" or "view".
        product: the files that are shipped.
        tests: the files that test them.
        functions: finds the functions of a file.
        count_code: counts a file's lines of code.
        imports: finds for each module those that it imports.
        ratio: lines of tests for a line of code, at least.
    """

    name: str
    product: Sequence[Path]
    tests: Sequence[Path]
    functions: Callable[[Path], Iterable[Function]]
    count_code: Callable[[Path], int]
    imports: Callable[[], dict[str, set[str]]]
    ratio: float


PYTHON = Sources(
    "python",
    python_source.product_files,
    python_source.test_files,
    python_source.functions,
    python_source.count_code,
    python_source.imports,
    PYTHON_RATIO,
)
VIEW = Sources(
    "view",
    typescript_source.product_files,
    typescript_source.test_files,
    typescript_source.functions,
    typescript_source.count_code,
    typescript_source.imports,
    VIEW_RATIO,
)


def at_most(
    name: str, what: str, value: float, goal: float, offenders: Sequence[str] = ()
) -> Figure:
    """Return a figure of which less is better."""
    return Figure(name, what, value, f"≤ {goal:,g}", value <= goal, offenders)


def at_least(
    name: str, what: str, value: float, goal: float, offenders: Sequence[str] = ()
) -> Figure:
    """Return a figure of which more is better."""
    return Figure(name, what, value, f"≥ {goal:,g}", value >= goal, offenders)


def figures() -> list[Figure]:
    """Measure everything."""
    return [*_of(PYTHON), *_of_python_only(), *_of(VIEW)]


def _of(sources: Sources) -> list[Figure]:
    name, product, tests = sources.name, sources.product, sources.tests
    found = [one for path in product for one in sources.functions(path)]
    code = sum(map(sources.count_code, product))
    ratio = sum(map(sources.count_code, tests)) / code
    groups = [" ↔ ".join(group) for group in circles(sources.imports())]
    folders = [f"{name}-folders", f"{name}-test-folders"]
    return [
        _folders(folders[0], f"{name}: most files in a folder", product),
        _folders(folders[1], f"{name}: most files in a folder of tests", tests),
        *_files(name, product),
        _longest(f"{name}-test-files", f"{name}: longest file of tests (lines)", tests),
        *_functions(name, found),
        at_most(f"{name}-circles", f"{name}: circles of imports", len(groups), 0, groups),
        at_least(
            f"{name}-tests", f"{name}: tests for a line of code (lines)", ratio, sources.ratio
        ),
    ]


def _folders(name: str, what: str, paths: Sequence[Path]) -> Figure:
    counts = files_by_folder(paths)
    return at_most(name, what, max(counts.values()), FOLDER, _ranked(counts, FOLDER))


def _files(name: str, paths: Sequence[Path]) -> list[Figure]:
    middle = statistics.median(map(count_lines, paths))
    return [
        at_most(f"{name}-usual-file", f"{name}: median of a file's lines", middle, USUAL_FILE),
        _longest(f"{name}-files", f"{name}: longest file (lines)", paths),
    ]


def _longest(name: str, what: str, paths: Sequence[Path]) -> Figure:
    lengths = {relative(path): count_lines(path) for path in paths}
    return at_most(name, what, max(lengths.values()), FILE, _ranked(lengths, FILE))


def _functions(name: str, found: Sequence[Function]) -> list[Figure]:
    lengths = {f"{one.place} {one.name}": one.lines for one in found}
    middle = statistics.median(lengths.values())
    ranked = _ranked(lengths, FUNCTION)
    return [
        at_most(
            f"{name}-usual-function",
            f"{name}: median of a function's lines",
            middle,
            USUAL_FUNCTION,
        ),
        at_most(
            f"{name}-functions",
            f"{name}: longest function (lines; {len(ranked)} are too long)",
            max(lengths.values()),
            FUNCTION,
            ranked,
        ),
    ]


def _of_python_only() -> list[Figure]:
    twice = {name: places for name, places in python_source.classes().items() if len(places) > 1}
    code = {relative(path): python_source.count_code(path) for path in python_source.product_files}
    by_any = python_source.uses_of_any()
    return [
        at_most(
            "python-classes",
            "python: names of classes that occur twice",
            len(twice),
            0,
            [f"{name}: {', '.join(places)}" for name, places in sorted(twice.items())],
        ),
        *_docstrings(),
        at_most("python-any", "python: Any where the view's state is made", len(by_any), 0, by_any),
        at_most("python-code", "python: lines of code", sum(code.values()), CODE, _ranked(code, 0)),
    ]


def _docstrings() -> list[Figure]:
    public = [*docstrings.public_names()]
    found = []
    for name, what, wanted in (
        ("docstrings", "with Args and Returns", {"docstring", "Args", "Returns"}),
        ("raises", "that raise and say so in Raises", {"docstring", "Raises"}),
    ):
        lacking = [
            f"{one.place}: no {', '.join(sorted(one.gaps & wanted))}"
            for one in public
            if one.gaps & wanted
        ]
        share = 100 * (1 - len(lacking) / len(public))
        whole = f"python: public names {what} (%; {len(lacking)} of {len(public)} lack it)"
        found.append(at_least(f"python-{name}", whole, share, 100, lacking))
    return found


def _ranked(counts: dict[str, int], goal: int) -> list[str]:
    return [
        f"{count:5d}  {place}"
        for place, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count > goal
    ]
