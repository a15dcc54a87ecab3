"""`bspsa service tools`: which of NSG's tools the local service can run here."""

from __future__ import annotations

import argparse

from bspsa_widgets.cli.exit_codes import DONE
from bspsa_widgets.cli.output import CommandOutput, table
from bspsa_widgets.cli.parser.service_directory import service_directory

_OWN = (
    "Tools that do not go together can have an environment each, which {file} names:\n"
    '[tools]\nNAME = "/path/to/its/environment"\nwhere NAME is one of {keys}.'
)


def list_tools(options: argparse.Namespace, output: CommandOutput) -> int:
    """Print one line for each tool, and how to install the missing ones.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    from bspsa_widgets.service.executors.tools.report import FILE, tool_reports

    directory = service_directory(options)
    reports = tool_reports(directory)
    rows = [
        (
            report.label,
            f"no: {report.missing} is missing" if report.missing else "yes",
            report.version,
            ", ".join(report.ids),
        )
        for report in reports
    ]
    several = [_several(one.label, one.parallel) for one in reports if one.parallel]
    advice = [f"{one.label}: {one.install}" for one in reports if one.missing]
    lines = [table(("TOOL", "RUNS HERE", "VERSION", "NSG'S IDS"), rows)]
    if several:
        lines += ["", *several]
    if advice:
        keys = ", ".join(report.key for report in reports if report.missing)
        lines += ["", "To install:", *advice, "", _OWN.format(file=directory / FILE, keys=keys)]
    output.answer([report._asdict() for report in reports], "\n".join(lines))
    return DONE


def _several(label: str, parallel: str) -> str:
    is_able, _, reason = parallel.partition(": ")
    if is_able == "yes":
        return f"{label} runs in several processes, too: nodes times cores."
    return f"{label} does not run in several processes ({reason}): its jobs run in one, and say so."
