"""What is told before a submission: warnings, each once, and what would travel."""

from __future__ import annotations

import argparse

from bspsa_widgets.cli.output import Output
from bspsa_widgets.cli.parser.choice import typed_choice
from bspsa_widgets.cli.render.plan import totals, warning
from bspsa_widgets.domain.payload import Advice, JobForm
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.submission.plan import plan


class Adviser:
    """Of one submission: its form is weighed first, then its files, then both once more.

    Attributes:
        told: what was, in this order.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self.told: list[Advice] = []

    def tell(self, warnings: tuple[Advice, ...]) -> None:
        """Those that were not told yet."""
        for advice in warnings:
            if advice not in self.told:
                self.told.append(advice)
                self._output.say(warning(advice))

    def look(self, options: argparse.Namespace, form: JobForm) -> str:
        """What would travel, in words; tells what is odd about it.

        Raises:
            InvalidInput: the folder cannot be sent as it is.
        """
        choice = typed_choice(options)
        found = plan(options.folder, choice, form)
        if found.stuck or not found.files:
            select(options.folder, choice)  # says what is wrong
        self.tell(found.warnings)
        return totals(found)
