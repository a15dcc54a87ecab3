"""Why jobs fail, by what they print: rules as data, the surest first.

Each pattern is for one line that has been cleaned. `{what}` in a sentence is what the
pattern's first group found, `{asked}` the runtime that was asked for; `{archive}` and
`{folder}` stand as they are: they are words of the command.
"""

from __future__ import annotations

from bspsa_widgets.domain.cause_rules.neuron import NEURON
from bspsa_widgets.domain.cause_rules.python import PYTHON
from bspsa_widgets.domain.cause_rules.rule import Rule
from bspsa_widgets.domain.cause_rules.setup import SETUP, SHELL
from bspsa_widgets.domain.cause_rules.system import CRASH, LAST_RESORT, SYSTEM

__all__ = ["RULES", "Rule"]

# What a program says of itself comes before the shell around it, which goes on after errors.
RULES: tuple[Rule, ...] = (
    *SYSTEM, *SETUP, *NEURON, *CRASH, *PYTHON, *SHELL, *LAST_RESORT
)  # fmt: skip
