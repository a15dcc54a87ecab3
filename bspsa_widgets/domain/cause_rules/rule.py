"""One cause of failure: the line of output that shows it, and the sentences for the user."""

from __future__ import annotations

from typing import Literal, NamedTuple

Where = Literal["first", "last", "exception"]


class Rule(NamedTuple):
    r"""One cause of failure.

    Attributes:
        name: shown to the user as the rule that matched.
        pattern: regular expression for the line that shows the cause. A job chooses the line, so
            the time must be linear in its length: a group that repeats begins where a word does,
            as in `(?<![^\s:])(?P<what>[^\s:]+): `, and `(?>.*?begin).*end` finds `begin` once.
        headline: what happened.
        detail: what that means; may be "".
        advice: what to do.
        source: program or document that the message comes from.
        where: which matching line counts: the first (others follow from it), the last, or only
            the exception that ended the program (earlier ones were handled).
        hpc: id of the only system it applies to, or "".
        told_by: regular expression for a line with more details, or "". That line becomes the
            evidence, and its group replaces `{what}`.
        within: how many lines above the match that line may be; 0: the first in the whole output.
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


# Advice used by several rules.
UNPACK = (
    "On Piz Daint the zip lies beside the command, which has to unpack it and go into its "
    "folder: unzip -q {archive} && cd {folder} && …"
)
LOOK = "Look at the last lines of its output."
LESS = (
    "Let it hold less at once, use fewer processes on each node, or ask for more nodes, each "
    "of which has memory of its own."
)
