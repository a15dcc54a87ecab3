"""Known causes of failed jobs, recognised in their output: rules as data, the surest first.

Each pattern is for one cleaned line. In a sentence, `{what}` is the text of the pattern's
first group and `{asked}` the requested runtime; `{archive}` and `{folder}` stay as they are:
they are placeholders of the command.
"""

from __future__ import annotations

from bspsa_widgets.domain.cause_rules.neuron import NEURON
from bspsa_widgets.domain.cause_rules.python import PYTHON
from bspsa_widgets.domain.cause_rules.rule import Rule
from bspsa_widgets.domain.cause_rules.setup import SETUP, SHELL
from bspsa_widgets.domain.cause_rules.system import CRASH, LAST_RESORT, SYSTEM

__all__ = ["RULES", "Rule"]

# Messages of a program come before those of its shell, which continues after errors.
RULES: tuple[Rule, ...] = (
    *SYSTEM, *SETUP, *NEURON, *CRASH, *PYTHON, *SHELL, *LAST_RESORT
)  # fmt: skip
