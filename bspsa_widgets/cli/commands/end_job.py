"""`bspsa cancel` and `delete`: ask before, and check the job afterwards."""

from __future__ import annotations

import argparse

from bspsa_widgets.cli.client import with_client
from bspsa_widgets.cli.commands.jobs import described
from bspsa_widgets.cli.exit_codes import DONE, INTERRUPTED, OTHER
from bspsa_widgets.cli.find_job import locate
from bspsa_widgets.cli.output import CommandOutput, line
from bspsa_widgets.client.poll import Poll
from bspsa_widgets.domain.jobs import JobRef
from bspsa_widgets.errors import InvalidInput, JobUnread, ServiceFailure
from bspsa_widgets.jobs.cancel import (
    EndResult,
    What,
    ask,
    end,
    ended_words,
    has_to_end,
    is_at_risk,
)


def cancel_job(options: argparse.Namespace, output: CommandOutput) -> int:
    """Cancel a running job; one that is over stays as it is.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    return _end(options, output, "cancel")


def delete_job(options: argparse.Namespace, output: CommandOutput) -> int:
    """Delete a finished job of NSG with its files there.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    return _end(options, output, "delete")


def _end(options: argparse.Namespace, output: CommandOutput, what: What) -> int:
    look = with_client(options, lambda client: locate(client, options))
    ref = JobRef.of(look.job)
    if not has_to_end(look, ref, what):
        return _told(EndResult(look.job, was_sent=False), output, what)
    if not _is_wanted(options, output, what, look):
        return INTERRUPTED
    unread = options.unread or is_at_risk(look, ref)  # the question has mentioned it
    try:
        ended = with_client(options, lambda client: end(client, ref, what, unread=unread))
    except KeyboardInterrupt:
        interrupted = f"Interrupted: it is not known whether the job was {_DONE[what]}."
        output.failure(ServiceFailure(interrupted, advice=_look_again(ref)))
        return OTHER
    except JobUnread as error:  # it could still be read for the question
        raise _asks_for(["--unread"], f"{error.message} {error.risk}") from error
    except ServiceFailure as error:
        output.failure(error)
        return OTHER
    return _told(ended, output, what)


_DONE: dict[What, str] = {"cancel": "ended", "delete": "deleted"}


def _told(ended: EndResult, output: CommandOutput, what: What) -> int:
    output.say(line(ended_words(ended, what)))
    output.answer(ended.job.raw, described(ended.job))
    return DONE if not ended.was_sent or ended.worked(what) else OTHER


def _is_wanted(options: argparse.Namespace, output: CommandOutput, what: What, look: Poll) -> bool:
    """Return whether the user confirms: at the terminal, or by options.

    Raises:
        InvalidInput: the user cannot be asked, and an option is missing.
    """
    ref = JobRef.of(look.job)
    question = ask(look, ref, what)
    if output.may_ask and not options.yes:
        return output.ask(line(question))
    missing = [] if options.yes else ["--yes"]
    missing += ["--unread"] if is_at_risk(look, ref) and not options.unread else []
    if missing:
        raise _asks_for(missing, f"This takes your word first. Nothing was sent. {question}")
    return True


def _asks_for(options: list[str], problem: str) -> InvalidInput:
    name = options[0].lstrip("-")
    return InvalidInput(name, problem, allowed=f"To go on, add {' and '.join(options)}.")


def _look_again(ref: JobRef) -> str:
    return f"Look at it with: bspsa job {ref.job_id}"
