"""Prints why a job failed, which rule says so, and the end of its output."""

from __future__ import annotations

from typing import Any

from bspsa_widgets.cli.output import CommandOutput, line
from bspsa_widgets.domain.causes import Cause
from bspsa_widgets.domain.terminal.text import ends, plain
from bspsa_widgets.logs.failure import Failure

SHOWN = 15  # last lines of stderr


def cause_lines(cause: Cause) -> list[str]:
    """Return the cause as lines for a terminal.

    Args:
        cause: the cause.

    Returns:
        the lines.
    """
    happened = " ".join(part for part in (cause.headline, cause.detail) if part)
    told = [happened, cause.advice, f"Told by the rule “{cause.rule}”: {cause.evidence}"]
    return [line(words) for words in told if words]


def say_cause(output: CommandOutput, failure: Failure) -> None:
    """Print why a job failed, if it is known.

    Args:
        output: where the command writes.
        failure: end of the job's output.
    """
    if failure.cause is None:
        output.say("The job failed. What it printed does not tell why.")
        return
    for words in cause_lines(failure.cause):
        output.say(words)


def say_failure(output: CommandOutput, failure: Failure) -> None:
    """Print why a job failed, and the end of its standard error.

    Args:
        output: where the command writes.
        failure: end of the job's output.
    """
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
    """Return the cause for programs.

    Args:
        failure: end of the job's output; None if the job has not failed.

    Returns:
        the document; None if no cause is known.
    """
    return None if failure is None or failure.cause is None else failure.cause._asdict()
