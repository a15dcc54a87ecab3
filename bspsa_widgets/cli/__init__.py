"""The command `bspsa`: the same flow as the panel's, for a terminal and for scripts.

Each command lives in a module of its own, imported when it is used, so that `--help`
answers at once.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Sequence

from bspsa_widgets.cli.arguments import parser
from bspsa_widgets.cli.output import Output
from bspsa_widgets.errors import BspsaError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code; see `bspsa_widgets.cli.exit_codes`.
    """
    options = parser().parse_args(arguments)
    if options.debug:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    output = Output(as_json=options.json)
    module = importlib.import_module(f"bspsa_widgets.cli.{options.module}")
    try:
        return int(getattr(module, options.function)(options, output))
    except BspsaError as error:
        if options.debug:
            logging.exception("the command failed")
        return output.failure(error)
    except KeyboardInterrupt:
        output.say("Interrupted.")
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough (`bspsa jobs | head`).
        sys.stderr.close()
        return 0
    except Exception as error:
        if options.debug:
            raise
        output.say(f"bspsa: something went wrong ({type(error).__name__}): {error}")
        output.say("Run it again with --debug to see where.")
        return 1
