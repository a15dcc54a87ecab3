"""Summaries of what would be sent, as text and as a document, and warnings about it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import Any

from bspsa_widgets.cli.output import CommandOutput, line, table
from bspsa_widgets.cli.parser.choice import typed_choice
from bspsa_widgets.domain.format import format_count, format_size
from bspsa_widgets.domain.payload import Advice, JobForm
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.submission.plan import Plan, plan

_BIGGEST = 10

# How the user can include what is excluded.
_MAY = {"yes": "--include takes it along", "ask": "--include-secret takes it along", "no": ""}


def totals(plan: Plan) -> str:
    """Return one line: files, size before and after packing, number of excluded entries.

    Args:
        plan: what would be sent.

    Returns:
        the line.
    """
    packed = "" if plan.estimate is None else f" (about {format_size(plan.estimate)} packed)"
    left_out = f", {len(plan.left_out):,} excluded" if plan.left_out else ""
    return f"{format_count(len(plan.files))}, {format_size(plan.size)}{packed}{left_out}"


def warning(advice: Advice) -> str:
    """Return a warning as one line with its source.

    Args:
        advice: the warning.

    Returns:
        the line.
    """
    return line(f"Warning: {advice.field}: {advice.message} (Source: {advice.source})")


def plan_text(plan: Plan, *, every_file: bool) -> str:
    """Return what would be sent, for people.

    Args:
        plan: what would be sent.
        every_file: list all files, not only the biggest.

    Returns:
        the text.
    """
    parts = [
        f"{line(plan.selection.folder.name)}: {totals(plan)}",
        *(warning(advice) for advice in plan.warnings),
        *_section("Cannot be sent: fix it or exclude it with --exclude", _stuck(plan)),
        *_files(plan, every_file=every_file),
        *_section("Excluded", _left_out(plan)),
    ]
    return "\n".join(parts)


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return what would be sent, for programs: sizes in bytes, `estimate` ±20 % or null.

    Args:
        plan: what would be sent.

    Returns:
        the document.
    """
    return {
        "folder": str(plan.selection.folder),
        "files": [{"path": file.path, "size": file.size} for file in plan.files],
        "left_out": [entry.document() for entry in plan.left_out],
        "stuck": [{"path": entry.path, "reason": entry.reason} for entry in plan.stuck],
        "size": plan.size,
        "estimate": plan.estimate,
        "warnings": [advice.model_dump() for advice in plan.warnings],
    }


def _files(plan: Plan, *, every_file: bool) -> Iterator[str]:
    shown = plan.files if every_file else plan.biggest(_BIGGEST)
    more = len(plan.files) - len(shown)
    rows = [(format_size(file.size), file.path) for file in shown]
    yield from _section("The biggest files" if more else "Files", rows)
    if more:
        yield f"and {format_count(more, 'more file')}: --all shows every one"


def _stuck(plan: Plan) -> Iterator[tuple[str, str]]:
    return ((entry.path, entry.reason) for entry in plan.stuck)


def _left_out(plan: Plan) -> Iterator[tuple[str, str]]:
    for entry in plan.left_out:
        hint = _MAY[entry.may]
        yield entry.path, f"{entry.reason} ({hint})" if hint else entry.reason


def _section(head: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return a section's lines; none if there are no rows."""
    found = list(rows)
    return ["", f"{head}:", table(found[0], found[1:])] if found else []


class WarningPrinter:
    """Prints the warnings of a submission: of the form first, then of the files.

    Args:
        output: where the command writes.

    Attributes:
        told: warnings that were printed, in order.
    """

    def __init__(self, output: CommandOutput) -> None:
        self._output = output
        self.told: list[Advice] = []

    def tell(self, warnings: tuple[Advice, ...]) -> None:
        """Print the warnings that were not printed yet.

        Args:
            warnings: the warnings.
        """
        for advice in warnings:
            if advice not in self.told:
                self.told.append(advice)
                self._output.say(warning(advice))

    def look(self, options: argparse.Namespace, form: JobForm) -> str:
        """Return a summary of the files that would be sent, and print warnings about them.

        Args:
            options: parsed command-line options.
            form: the form's values.

        Returns:
            the summary.

        Raises:
            InvalidInput: the folder cannot be sent as it is.
        """
        choice = typed_choice(options)
        found = plan(options.folder, choice, form)
        if found.stuck or not found.files:
            select(options.folder, choice)  # raises the reason
        self.tell(found.warnings)
        return totals(found)
