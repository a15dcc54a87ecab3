"""`bspsa service`: runs the local service in the foreground."""

from __future__ import annotations

import argparse

from bspsa_widgets.cli.exit_codes import DONE
from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.cli.parser.service_directory import not_installed, service_directory
from bspsa_widgets.service.address import ServiceAddress


def run_service(options: argparse.Namespace, output: CommandOutput) -> int:
    """Run the service until Ctrl-C.

    The URL is printed once it answers; the token is in service.json.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.

    Raises:
        LocalServiceError: a package that the service needs is not installed.
    """
    try:
        from bspsa_widgets.service.server import notices, serve
    except ModuleNotFoundError as error:
        raise not_installed(error) from None

    directory = service_directory(options)

    def ready(address: ServiceAddress) -> None:
        document = {"url": address.url, "dir": str(directory), "pid": address.pid}
        output.answer(document, address.url)
        output.say(
            f"Jobs and the token are kept in {directory}. Ctrl-C ends the service; running jobs"
            " go on, and are taken up when it is started again."
        )
        for notice in notices(directory, options.executor, options.keep):
            output.say(notice)

    serve(
        options.port,
        directory,
        on_ready=ready,
        executor=options.executor,
        network=options.network,
        keep=options.keep,
    )
    return DONE
