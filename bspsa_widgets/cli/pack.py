"""`bspsa pack`: the zip as it would be sent, and what was left out of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from bspsa_widgets.cli.archive import archive_document
from bspsa_widgets.cli.exit_codes import DONE
from bspsa_widgets.cli.output import Output
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.submission.sizes import megabytes


def pack_folder(options: argparse.Namespace, output: Output) -> int:
    """Write the zip; a file of that name is replaced, since the user named it."""
    selection = select(options.folder)
    target = Path(options.output)
    if not target.parent.is_dir() or target.is_dir():
        raise InvalidInput(
            "output",
            f"{options.output!r} cannot be written: its folder is missing, or it is one.",
            allowed="Name a file in a folder that is there.",
        )
    archive = pack(
        selection,
        target,
        progress=lambda at: output.progress(
            f"Packing {megabytes(at.done)} of {megabytes(at.total)}", step="packing"
        ),
    ).archive
    for entry in selection.left_out:
        output.say(f"Left out: {entry.path} ({entry.reason})")
    document = {
        "path": str(target),
        "archive": archive_document(archive),
        "left_out": [entry._asdict() for entry in selection.left_out],
    }
    text = f"{target}: {archive.files} files, {megabytes(archive.size)}"
    output.answer(document, text)
    return DONE
