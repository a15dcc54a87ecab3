"""`bspsa pack`: writes the zip, or shows its content with `--dry-run`.

It sends nothing and needs no event loop, so that it imports little.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bspsa_widgets.cli.exit_codes import DONE, WRONG_INPUT
from bspsa_widgets.cli.interrupt import heard
from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.cli.parser.choice import typed_choice
from bspsa_widgets.domain.archive import Archive
from bspsa_widgets.domain.format import format_count, format_packing, format_size
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.seal import seal
from bspsa_widgets.packaging.selection import Selection, select


def pack_folder(options: argparse.Namespace, output: CommandOutput) -> int:
    """Write the zip; an existing file of this name is replaced.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.
    """
    with heard() as stopped:
        if options.dry_run:
            return _show(options, output, stopped)
        target = _target(options.output)
        selection = select(options.folder, typed_choice(options), stopped=stopped)
        archive = _packed(selection, target, output, stopped)
    for entry in selection.left_out:
        output.say(f"Excluded: {entry.path} ({entry.reason})")
    document = _document(archive, selection) if output.as_json else None
    output.answer(document, f"{target}: {format_count(archive.files)}, {format_size(archive.size)}")
    return DONE


def _document(archive: Archive, selection: Selection) -> dict[str, Any]:
    return {
        "path": str(archive.path),
        "archive": seal(archive).document(),
        "left_out": [entry.document() for entry in selection.left_out],
    }


def _packed(
    selection: Selection, target: Path, output: CommandOutput, stopped: Callable[[], bool]
) -> Archive:
    return pack(
        selection,
        target,
        progress=lambda at: output.progress(format_packing(*at), step="packing"),
        stopped=stopped,
    ).archive


def _show(options: argparse.Namespace, output: CommandOutput, stopped: Callable[[], bool]) -> int:
    """Print what would be sent, and write nothing.

    The exit code is that of `submit`: 2 if the folder cannot be sent.
    """
    from bspsa_widgets.cli.render.plan import plan_document, plan_text
    from bspsa_widgets.submission.plan import plan

    found = plan(options.folder, typed_choice(options), stopped=stopped)
    output.answer(plan_document(found), plan_text(found, every_file=options.all))
    return DONE if found.files and not found.stuck else WRONG_INPUT


def _target(typed: str | None) -> Path:
    """Return the path of the zip.

    Raises:
        InvalidInput: (field `output`) it is missing or cannot be written.
    """
    if not typed:
        raise InvalidInput(
            "output",
            "No file is named for the zip.",
            allowed="Name one with -o FILE.zip, or look at what would be in it with --dry-run.",
        )
    target = Path(typed)
    if not target.parent.is_dir() or target.is_dir():
        raise InvalidInput(
            "output",
            f"{typed!r} cannot be written: its folder is missing, or it is one.",
            allowed="Name a file in a folder that is there.",
        )
    return target
