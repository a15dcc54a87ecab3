"""Folder of the service that a command is about."""

from __future__ import annotations

import argparse
from pathlib import Path

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.address import default_directory


def service_directory(options: argparse.Namespace) -> Path:
    """Return the folder given with --dir, or the user's default folder.

    Args:
        options: parsed command-line options.

    Returns:
        the folder.
    """
    return Path(options.dir).expanduser().absolute() if options.dir else default_directory()


def not_installed(error: ModuleNotFoundError) -> LocalServiceError:
    """Return the error for a missing dependency of the service.

    Args:
        error: the import's error.

    Returns:
        the error.
    """
    return LocalServiceError(
        f"The local service needs {error.name}, which is not installed.",
        advice="Install it: pip install 'bspsa-widgets[service]'",
    )
