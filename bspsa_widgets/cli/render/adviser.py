"""Prints warnings and a summary of the files before a submission, each warning once."""

from __future__ import annotations

import argparse

from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.cli.parser.choice import typed_choice
from bspsa_widgets.cli.render.plan import totals, warning
from bspsa_widgets.domain.payload import Advice, JobForm
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.submission.plan import plan


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
