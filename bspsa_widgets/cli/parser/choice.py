"""Paths to include or exclude, as typed."""

from __future__ import annotations

import argparse

from bspsa_widgets.domain.choice import Choice


def typed_choice(options: argparse.Namespace) -> Choice:
    """Return the paths to include and exclude, without a leading `./`.

    Args:
        options: parsed command-line options.

    Returns:
        the choice.
    """
    return Choice(
        include=_paths(options.include),
        exclude=_paths(options.exclude),
        include_secrets=_paths(options.include_secret),
    )


def _paths(typed: list[str]) -> tuple[str, ...]:
    return tuple(path.removeprefix("./") for path in typed)
