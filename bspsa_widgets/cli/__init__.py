"""The command `bspsa`: the same flow as the panel's, for a terminal and for scripts.

Each command lives in a module of its own, imported when it is used, so that `--help`
answers at once.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Sequence

from bspsa_widgets.cli.exit_codes import OTHER
from bspsa_widgets.cli.interrupt import deaf, deaf_to_the_end, kept
from bspsa_widgets.cli.output import Output, plain
from bspsa_widgets.cli.parser.arguments import parser
from bspsa_widgets.errors import BspsaError, Stopped

log = logging.getLogger(__name__)


def bspsa() -> int:
    """The process `bspsa`: once it has told how it ended, no Ctrl-C changes that."""
    deaf_to_the_end()
    return _main(sys.argv[1:])


def main(arguments: Sequence[str]) -> int:
    """Run one command in a process that goes on.

    Returns:
        The exit code; see `bspsa_widgets.cli.exit_codes`.
    """
    with kept():
        return _main(list(arguments))


def _main(given: list[str]) -> int:
    output = Output(as_json="--json" in given)
    try:
        return _run(given, output)
    except BspsaError as error:
        log.debug("the command failed", exc_info=error)
        return _failure(given, output, error)
    except KeyboardInterrupt:
        deaf()
        return _failure(given, output, Stopped("Interrupted."))
    except Exception as error:
        log.debug("the command failed", exc_info=error)
        return _own_fault(output, error)


def _run(given: list[str], output: Output) -> int:
    options = parser().parse_args(given)
    if options.debug:
        _log_to_stderr()
    module = importlib.import_module(f"bspsa_widgets.cli.commands.{options.module}")
    return int(getattr(module, options.function)(options, output))


class _Plain(logging.Formatter):
    """An error's words may be a server's, in a traceback, too."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record))


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain(logging.BASIC_FORMAT))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])


def _failure(given: list[str], output: Output, error: BspsaError) -> int:
    if _command(given) == "submit":  # its document says what became of the submission
        from bspsa_widgets.cli.render.submission import not_submitted

        return not_submitted(error, output)
    return output.failure(error)


def _command(given: list[str]) -> str:
    """The first word that is neither an option nor an option's value."""
    words = iter(given)
    for word in words:
        if word == "--endpoint":
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""


def _own_fault(output: Output, error: Exception) -> int:
    words = f"Something went wrong ({type(error).__name__}): {error}"
    output.say(f"bspsa: {words}")
    output.say("Run it again with --debug to see where.")
    if output.as_json:
        output.answer({"error": words, "job_may_exist": False}, "")
    return OTHER
