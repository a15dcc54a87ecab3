"""One way for a job to fail: the line that tells it, and what is then said."""

from __future__ import annotations

from typing import Literal, NamedTuple

Where = Literal["first", "last", "exception"]


class Rule(NamedTuple):
    """One way to fail.

    Attributes:
        name: what the user sees as the rule that said so. pattern: of the line that tells,
            a regular expression.
        headline, detail, advice: what happened, what that means, what to do.
        source: whose words these are.
        where: the first such line counts (others follow from it), the last one, or only the
            exception that ended the program: the ones before it were dealt with.
        hpc: holds for this system only, or "".
        told_by: of a line that tells more than the one that was found, or "": it becomes the
            evidence, and what it names counts.
        within: so many lines above at most; 0: the first such line of the whole output.
    """

    name: str
    pattern: str
    headline: str
    detail: str
    advice: str
    source: str
    where: Where = "last"
    hpc: str = ""
    told_by: str = ""
    within: int = 0


# Advice that several rules give.
UNPACK = (
    "On Piz Daint the zip lies beside the command, which has to unpack it and go into its "
    "folder: unzip -q {archive} && cd {folder} && …"
)
LOOK = "Look at the last lines of its output."
LESS = (
    "Let it hold less at once, use fewer processes on each node, or ask for more nodes, each "
    "of which has memory of its own."
)
