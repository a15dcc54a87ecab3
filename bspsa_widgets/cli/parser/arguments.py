"""Parser of the command line. Values are checked later by `domain`, as for the panel."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any, NoReturn

from bspsa_widgets import __version__
from bspsa_widgets.cli.parser.form_options import add_form_options
from bspsa_widgets.cli.parser.service import add_directory, add_service_arguments
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import InvalidInput

_COMMAND = "COMMAND"
SETTLE_SECONDS = 900.0  # as in submission.settle, whose import would slow down --help

_EPILOG = """exit codes: 0 done; 2 wrong input, or your word is wanted first (--again, --yes),
nothing sent; 3 no job: refused, or the service could not be reached; 4 unknown
whether a job exists, its record stays open: see `bspsa records`, look again with
`bspsa jobs --mine`; 5 the job failed (--wait); 130 interrupted before anything was sent;
1 anything else"""


class _Parser(argparse.ArgumentParser):
    """Parser that raises InvalidInput for wrong usage, so that `--json` applies to it, too."""

    def error(self, message: str) -> NoReturn:
        if message.endswith(f" {_COMMAND}"):  # no command was given: show all
            self.print_help(sys.stderr)
        else:
            self.print_usage(sys.stderr)
        raise InvalidInput("usage", f"{message}.", allowed=f"See {self.prog} --help.")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    Returns:
        the parser; its `parse_args` raises InvalidInput for wrong usage.
    """
    top = _Parser(
        prog="bspsa",
        description="Send a folder to a supercomputer through the BSP Service Account.",
        epilog=_EPILOG,
        parents=[_shared(given_before=True)],
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"bspsa {__version__}")
    commands: _Commands[argparse.ArgumentParser] = top.add_subparsers(
        title="commands", required=True, metavar=_COMMAND, parser_class=_Parser
    )
    shared = _shared()
    _submit(commands, shared)
    _pack(commands, shared)
    _jobs(commands, shared)
    _logs(commands, shared)
    _records(commands, shared)
    _files(commands, shared)
    _service(commands, shared)
    return top


_Commands = argparse._SubParsersAction


def _shared(*, given_before: bool = False) -> argparse.ArgumentParser:
    """Return a parser with the options of all commands, before or after the name."""
    # A missing option after the name must not override one before it.
    default: dict[str, Any] = {} if given_before else {"default": argparse.SUPPRESS}
    shared = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    shared.add_argument(
        "--endpoint",
        metavar="URL",
        help="the service's address; 'local' is the local service "
        "(default: BSPSA_ENDPOINT, else the public service)",
        **default,
    )
    shared.add_argument(
        "--json", action="store_true", help="one JSON document on stdout", **default
    )
    shared.add_argument(
        "--debug", action="store_true", help="show the traceback of an error", **default
    )
    return shared


def _command(
    commands: _Commands[argparse.ArgumentParser],
    shared: argparse.ArgumentParser,
    name: str,
    where: str,
    about: str,
) -> argparse.ArgumentParser:
    """Add a command that runs `module:function`."""
    module, function = where.split(":")
    made = commands.add_parser(
        name, parents=[shared], help=about, description=about, allow_abbrev=False
    )
    made.set_defaults(module=module, function=function)
    return made


def _submit(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    submit = _command(commands, shared, "submit", "submit:submit", "send a folder as a job")
    submit.add_argument("folder", metavar="FOLDER")
    submit.add_argument("--hpc", required=True, metavar="SYSTEM", help=" or ".join(SYSTEMS))
    submit.add_argument(
        "--project", default="", metavar="PROJECT", help="default: the service's own"
    )
    add_form_options(submit)
    submit.add_argument("--wait", action="store_true", help="follow the job until it is over")
    submit.add_argument("--yes", action="store_true", help="ask no questions")
    submit.add_argument(
        "--settle",
        type=_seconds,
        default=SETTLE_SECONDS,
        metavar="SECONDS",
        help="how long to search for the job if the service's response is lost "
        f"(then exit code 4; default and maximum: {SETTLE_SECONDS:g})",
    )
    submit.add_argument(
        "--again", action="store_true", help="send even if the same was sent before"
    )
    _choice_options(submit)
    _records_option(submit)


def _pack(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    pack = _command(commands, shared, "pack", "pack:pack_folder", "write the zip, send nothing")
    pack.add_argument("folder", metavar="FOLDER")
    pack.add_argument("-o", "--output", metavar="FILE.zip", help="not needed with --dry-run")
    pack.add_argument(
        "--dry-run",
        action="store_true",
        help="write nothing: show its content, what is excluded and why, and its estimated "
        "size; exit code 2 where the folder cannot be sent as it is",
    )
    pack.add_argument("--all", action="store_true", help="with --dry-run: show every file")
    _choice_options(pack)


def _choice_options(command: argparse.ArgumentParser) -> None:
    """Add the options with paths relative to the folder; each can be repeated."""
    for option, what in (
        ("--include", "include what is excluded, or the target of a link"),
        ("--exclude", "exclude; a folder with everything in it"),
        ("--include-secret", "take along what looks like a secret"),
    ):
        command.add_argument(
            option,
            action="append",
            default=[],
            metavar="PATH",
            help=f"{what} (relative to FOLDER, repeatable)",
        )


def _where(command: argparse.ArgumentParser) -> None:
    command.add_argument("--hpc", default="", metavar="SYSTEM", help="default: by the id")
    command.add_argument("--project", default="", metavar="PROJECT", help="default: searched for")


def _jobs(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    jobs = _command(commands, shared, "jobs", "jobs:list_jobs", "list your jobs")
    jobs.add_argument("--hpc", default="", metavar="SYSTEM", help=" or ".join(SYSTEMS))
    jobs.add_argument("--project", default="", metavar="PROJECT")
    jobs.add_argument(
        "--mine",
        action="store_true",
        help="the submissions made here, with their outcomes; searches once for each job "
        "whose response was lost",
    )
    _records_option(jobs)
    job = _command(commands, shared, "job", "jobs:show_job", "show one job")
    job.add_argument("id", metavar="ID")
    _where(job)
    _end(_command(commands, shared, "cancel", "end_job:cancel_job", "end a job that goes on"))
    _end(
        _command(
            commands,
            shared,
            "delete",
            "end_job:delete_job",
            "delete a job of NSG that is over, with its files there",
        )
    )
    _command(commands, shared, "quotas", "jobs:list_quotas", "show what is left of your quotas")


def _end(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", metavar="ID")
    command.add_argument(
        "--yes", action="store_true", help="ask no questions (needed without a terminal)"
    )
    command.add_argument(
        "--unread",
        action="store_true",
        help="go on even if the job cannot be read and may be over; on NSG, "
        "a job that is over is then deleted",
    )
    _where(command)


def _logs(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    logs = _command(commands, shared, "logs", "logs:show_log", "show what a job printed")
    logs.add_argument("id", metavar="ID")
    logs.add_argument("--stderr", action="store_true", help="show stderr instead of stdout")
    logs.add_argument("--follow", action="store_true", help="follow it until the job is over")
    how_much = logs.add_mutually_exclusive_group()
    how_much.add_argument(
        "--lines", type=_count, default=1000, metavar="N", help="the last N (default: 1000)"
    )
    how_much.add_argument("--all", action="store_true", help="the whole output, up to 50 MB")
    _where(logs)


def _records_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--records",
        metavar="DIR",
        help="folder of the submission records (default: BSPSA_RECORDS, else .bspsa)",
    )


def _records(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    records = _command(
        commands, shared, "records", "records:list_records", "list the submissions made here"
    )
    _records_option(records)
    record = _command(
        commands,
        shared,
        "record",
        "records:show_record",
        "show the record of one submission, or close it",
    )
    record.add_argument("id", metavar="ID", help="or the beginning of it")
    record.add_argument(
        "--close",
        action="store_true",
        help="stop searching for the job of a submission whose response was lost; cancels nothing",
    )
    record.add_argument("--yes", action="store_true", help="ask no questions")
    _records_option(record)


def _files(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    files = _command(commands, shared, "files", "files:list_files", "list a job's files")
    files.add_argument("id", metavar="ID")
    _place(files, "where to look for what was fetched")
    _where(files)
    download = _command(commands, shared, "download", "download:download", "fetch a job's files")
    download.add_argument("id", metavar="ID")
    download.add_argument("names", nargs="*", metavar="NAME", help="default: all files")
    _place(download, "where to")
    download.add_argument(
        "--overwrite", action="store_true", help="replace other files of the same names"
    )
    download.add_argument(
        "--unpack", action="store_true", help="unpack archives (.tar.gz), each to its own folder"
    )
    _where(download)
    preview = _command(
        commands, shared, "preview", "files:preview_file", "show the beginning of a file"
    )
    preview.add_argument("id", metavar="ID")
    preview.add_argument("name", metavar="NAME")
    _place(preview, "where to look for what was fetched")
    _where(preview)


def _place(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "-o", "--output", metavar="DIR", help=f"{what} (default: results/TITLE-END_OF_ID)"
    )


def _service(commands: _Commands[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    service = _command(
        commands, shared, "service", "service:run_service", "run the local service, to try out"
    )
    service.add_argument("--port", type=_port, default=0, metavar="N", help="default: a free one")
    add_service_arguments(service)
    parts: _Commands[argparse.ArgumentParser] = service.add_subparsers(
        title="parts", metavar="PART", parser_class=_Parser
    )
    tools = _command(
        parts, shared, "tools", "service_tools:list_tools", "which of NSG's tools run here"
    )
    add_directory(tools)
    lab = _command(commands, shared, "lab", "lab:open_lab", "open JupyterLab on the tutorials")
    lab.add_argument(
        "--dir", default="bspsa-tutorials", metavar="DIR", help="folder for a copy of the tutorials"
    )
    lab.add_argument("--port", type=_port, metavar="N", help="JupyterLab's port")
    lab.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: use 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a count: use 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:  # also rejects nan
        raise argparse.ArgumentTypeError(f"{text!r} is not a time: use seconds, 0 or more")
    return seconds
