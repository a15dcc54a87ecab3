"""What can be typed after `bspsa service`."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

from bspsa_widgets.service.keep import parse_keep

_OPEN = """Without --bind, only programs on this machine reach the service. With it, other machines
do, and whoever gets hold of a token runs programs as you; so it wants TLS, and to be told twice."""


def add_service_arguments(service: argparse.ArgumentParser) -> None:
    """The options of the service itself, but for its port."""
    service.add_argument("--dir", metavar="D", help="where its jobs are kept")
    service.add_argument(
        "--executor",
        choices=("local", "slurm"),
        help="what runs the jobs: this machine, or Slurm (default: as service.toml says)",
    )
    service.add_argument(
        "--network", action="store_true", default=None, help="jobs may use the network, too"
    )
    service.add_argument(
        "--keep",
        type=_keep,
        metavar="TIME",
        help="remove jobs so long after their end, as in 12h, 30d, 8w (default: keep them all)",
    )
    opened = service.add_argument_group("for other machines", _OPEN)
    opened.add_argument("--bind", metavar="ADDRESS", help="IP address to be reached at")
    opened.add_argument("--tls-cert", type=Path, metavar="F", help="certificate, a PEM file")
    opened.add_argument("--tls-key", type=Path, metavar="F", help="its key, a PEM file")
    opened.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="N",
        help="a name of this machine that clients may use (again for more)",
    )
    opened.add_argument("--i-know-it-is-open", action="store_true", help="you have been told")


def _keep(text: str) -> timedelta:
    try:
        return parse_keep(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
