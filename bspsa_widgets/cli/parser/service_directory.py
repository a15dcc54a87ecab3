"""Which service the parts of `bspsa service` are about."""

from __future__ import annotations

import argparse
from pathlib import Path

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.address import default_directory


def service_directory(options: argparse.Namespace) -> Path:
    """What --dir names, or the user's own."""
    return Path(options.dir).expanduser().absolute() if options.dir else default_directory()


def not_installed(error: ModuleNotFoundError) -> LocalServiceError:
    """What the service needs is missing."""
    return LocalServiceError(
        f"The local service needs {error.name}, which is not installed.",
        advice="Install it: pip install 'bspsa-widgets[service]'",
    )
