"""`python -m bspsa_widgets.service --port N --dir D [--lifeline]`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.address import default_directory
from bspsa_widgets.service.config.retention_setting import parse_keep


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, or until standard input is closed (with `--lifeline`).

    Args:
        arguments: command line without the program's name; None: that of this process.

    Returns:
        The exit code: 0 after a normal end, 1 if the service could not start (the reason is on
        stderr).
    """
    parser = argparse.ArgumentParser(prog="python -m bspsa_widgets.service", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--dir", type=Path, default=None, help="where jobs and token are kept")
    parser.add_argument("--lifeline", action="store_true", help="end when stdin is closed")
    parser.add_argument("--executor", choices=("local", "slurm"), help="what runs the jobs")
    parser.add_argument("--network", action="store_true", default=None, help="for the jobs, too")
    parser.add_argument("--keep", type=_keep, metavar="30d", help="how long jobs that are over")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        # Imported late, so that --help is fast and a missing extra is reported as an error message.
        from bspsa_widgets.service.server import serve

        serve(
            options.port,
            options.dir or default_directory(),
            lifeline=options.lifeline,
            executor=options.executor,
            network=options.network,
            keep=options.keep,
        )
    except LocalServiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _keep(text: str) -> timedelta:
    try:
        return parse_keep(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
