"""The command `bspsa`: the panel's flow for terminals and scripts.

Each command has a module of its own, which is imported when it is used, so that `--help` is fast.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Sequence

from bspsa_widgets.cli.exit_codes import OTHER
from bspsa_widgets.cli.interrupt import ignore, kept
from bspsa_widgets.cli.output import CommandOutput, plain
from bspsa_widgets.cli.parser.arguments import parser
from bspsa_widgets.errors import BspsaError, Stopped

log = logging.getLogger(__name__)


def bspsa() -> int:
    """Run the command line of this process; Ctrl-C is ignored once the result is written.

    Returns:
        the exit code; see `bspsa_widgets.cli.exit_codes`.
    """
    try:
        return _main(sys.argv[1:])
    finally:
        ignore()


def main(arguments: Sequence[str]) -> int:
    """Run one command in a process that continues afterwards.

    Args:
        arguments: the command line without the program's name.

    Returns:
        the exit code; see `bspsa_widgets.cli.exit_codes`.
    """
    with kept():
        return _main(list(arguments))


def _main(given: list[str]) -> int:
    output = CommandOutput(as_json="--json" in given)
    try:
        return _run(given, output)
    except BspsaError as error:
        log.debug("the command failed", exc_info=error)
        return _failure(given, output, error)
    except KeyboardInterrupt:
        ignore()
        if output.has_result:  # a second result could contradict it
            return OTHER
        return _failure(given, output, Stopped("Interrupted."))
    except Exception as error:
        log.debug("the command failed", exc_info=error)
        return _own_fault(output, error)


def _run(given: list[str], output: CommandOutput) -> int:
    options = parser().parse_args(given)
    if options.debug:
        _log_to_stderr()
    module = importlib.import_module(f"bspsa_widgets.cli.commands.{options.module}")
    return int(getattr(module, options.function)(options, output))


class _Plain(logging.Formatter):
    """Formatter that removes control characters, since messages may contain a server's text."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record))


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain(logging.BASIC_FORMAT))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])


def _failure(given: list[str], output: CommandOutput, error: BspsaError) -> int:
    if _command(given) == "submit":  # its JSON document contains the outcome
        from bspsa_widgets.cli.render.submission import not_submitted

        return not_submitted(error, output)
    return output.failure(error)


def _command(given: list[str]) -> str:
    """Return the first word that is neither an option nor an option's value."""
    words = iter(given)
    for word in words:
        if word == "--endpoint":
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""


def _own_fault(output: CommandOutput, error: Exception) -> int:
    words = f"Something went wrong ({type(error).__name__}): {error}"
    output.say(f"bspsa: {words}")
    output.say("Run it again with --debug to see where.")
    if output.as_json:
        output.answer({"error": words, "job_may_exist": False}, "")
    return OTHER
