"""How a failed job is told: why, who says so, and the end of what it printed."""

from __future__ import annotations

from typing import Any

from bspsa_widgets.cli.output import Output, line
from bspsa_widgets.domain.causes import Cause
from bspsa_widgets.domain.terminal.text import ends, plain
from bspsa_widgets.logs.failure import Failure

SHOWN = 15  # lines of the end of stderr


def cause_lines(cause: Cause) -> list[str]:
    """The cause in lines of a terminal; each says one thing."""
    happened = " ".join(part for part in (cause.headline, cause.detail) if part)
    told = [happened, cause.advice, f"Told by the rule “{cause.rule}”: {cause.evidence}"]
    return [line(words) for words in told if words]


def say_cause(output: Output, failure: Failure) -> None:
    """Why it failed, as far as is known."""
    if failure.cause is None:
        output.say("The job failed. What it printed does not tell why.")
        return
    for words in cause_lines(failure.cause):
        output.say(words)


def say_failure(output: Output, failure: Failure) -> None:
    """Why it failed, and how its standard error ends."""
    say_cause(output, failure)
    look = failure.stderr
    lines = plain(ends(look.lines, SHOWN))
    if lines:
        output.say(f"The end of {line(look.file)}:")
        for text in lines:
            output.say(f"  {line(text)}")
    elif look.problem:
        output.say(f"{line(look.file)} could not be read: {line(look.problem)}")


def cause_document(failure: Failure | None) -> dict[str, Any] | None:
    """The cause for programs; None where there is none, or none is known."""
    return None if failure is None or failure.cause is None else failure.cause._asdict()
