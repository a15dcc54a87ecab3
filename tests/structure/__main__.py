"""Figures of the source's structure: `python -m tests.structure` prints each with its goal.

`python -m tests.structure --list NAME …` names what stands in the way of these figures. It is
a report: the exit code is 0 also where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys

from tests.structure.figures import Figure, figures


def show(figure: Figure) -> None:
    """Print a figure on one line."""
    places = 0 if float(figure.value).is_integer() else 2
    word = "reached" if figure.is_reached else "MISSED"
    print(
        f"{figure.name:<22} {figure.what:<72} {figure.value:9,.{places}f}; "
        f"goal {figure.goal}: {word}"
    )


def main(arguments: list[str]) -> int:
    """Print the figures, or what stands in their way.

    Args:
        arguments: of the command line.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.structure")
    parser.add_argument(
        "--list", nargs="+", metavar="NAME", default=[], help="name what is in the way"
    )
    names = parser.parse_args(arguments).list
    found = {figure.name: figure for figure in figures()}
    if unknown := sorted(set(names) - set(found)):
        print(f"There is no {', '.join(unknown)}; there are {', '.join(found)}.")
        return 2
    for figure in [found[name] for name in names] or found.values():
        show(figure)
        if names:
            print(*(f"  {one}" for one in figure.offenders), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
