"""Arguments of `bspsa service`."""

from __future__ import annotations

import argparse
from datetime import timedelta

from bspsa_widgets.service.config.retention_setting import parse_keep


def add_service_arguments(service: argparse.ArgumentParser) -> None:
    """Add the options of the service, except its port.

    Args:
        service: parser of the command.
    """
    service.add_argument("--dir", metavar="DIR", help="folder of its jobs")
    service.add_argument(
        "--executor",
        choices=("local", "slurm"),
        help="what runs the jobs: this machine, or Slurm (default: as service.toml says)",
    )
    service.add_argument(
        "--network", action="store_true", default=None, help="allow jobs to use the network"
    )
    service.add_argument(
        "--keep",
        type=_keep,
        metavar="TIME",
        help="remove jobs this long after their end: 12h, 30d, 8w (default: keep them all)",
    )


def add_directory(part: argparse.ArgumentParser) -> None:
    """Add the option for the service's folder; it may also stand before the name.

    Args:
        part: parser of the command.
    """
    part.add_argument(
        "--dir", metavar="DIR", default=argparse.SUPPRESS, help="folder of the service's jobs"
    )


def _keep(text: str) -> timedelta:
    try:
        return parse_keep(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
