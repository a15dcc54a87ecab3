"""What can be typed after `bspsa service`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bspsa_widgets.service.keep import parse_keep

_OPEN = """Without --bind, only programs on this machine reach the service. With it, other machines
do, and whoever gets hold of a token runs programs as you; so it wants TLS, and to be told twice."""


def add_service_arguments(service: argparse.ArgumentParser) -> None:
    """The options of the service itself, but for its port."""
    service.add_argument("--dir", metavar="DIR", help="where its jobs are kept")
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


def add_users_arguments(
    users: argparse.ArgumentParser, add: Callable[[str, str, str], argparse.ArgumentParser]
) -> None:
    """The list of users, and what changes it.

    Args:
        add: makes a command of its name, where it is done, and what it is about.
    """
    new = add("add", "service_users:add_user", "let somebody in; prints their token, once")
    _hours(new, "hours of quota in a project (again for more; default: 5000 in every project)")
    changed = add("set", "service_users:set_hours", "give a user other hours, from now on")
    _hours(changed, "hours of quota in a project, all in all (again for more)")
    changed.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="PROJECT",
        help="a project that is no longer theirs (again for more)",
    )
    token = add("token", "service_users:new_token", "a new token instead of the old one")
    gone = add("remove", "service_users:remove_user", "refuse a user; their jobs go on")
    for command in (new, changed, token, gone):
        command.add_argument("name", metavar="NAME")
    for command in (users, new, changed, token, gone):
        add_directory(command)


def add_directory(part: argparse.ArgumentParser) -> None:
    """Which service a part of `bspsa service` is about; may stand before its name, too."""
    part.add_argument(
        "--dir", metavar="DIR", default=argparse.SUPPRESS, help="where the service's jobs are kept"
    )


def _hours(command: argparse.ArgumentParser, about: str) -> None:
    command.add_argument("--hours", action="append", default=[], metavar="PROJECT=H", help=about)


def _keep(text: str) -> timedelta:
    try:
        return parse_keep(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
