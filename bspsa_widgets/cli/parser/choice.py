"""Single files in or out, as they were typed."""

from __future__ import annotations

import argparse

from bspsa_widgets.domain.choice import Choice


def typed_choice(options: argparse.Namespace) -> Choice:
    """Paths as a shell completes them, too: with `./` in front."""
    return Choice(
        include=_paths(options.include),
        exclude=_paths(options.exclude),
        include_secrets=_paths(options.include_secret),
    )


def _paths(typed: list[str]) -> tuple[str, ...]:
    return tuple(path.removeprefix("./") for path in typed)
