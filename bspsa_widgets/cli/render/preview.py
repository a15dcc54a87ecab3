"""A preview for a terminal and as a document."""

from __future__ import annotations

from typing import Any

from bspsa_widgets.cli.output import table
from bspsa_widgets.results.preview.notebook import Cell
from bspsa_widgets.results.preview.preview import FilePreview


def preview_document(found: FilePreview) -> dict[str, Any]:
    """Return the whole preview, images as base64.

    Args:
        found: the preview.

    Returns:
        the document.
    """
    cells = [
        cell._asdict() | {"outputs": [output._asdict() for output in cell.outputs]}
        for cell in found.cells
    ]
    return found._asdict() | {"cells": cells}


def preview_words(found: FilePreview) -> str:
    """Return the preview as text, as far as a terminal can show it.

    Args:
        found: the preview.

    Returns:
        the text.
    """
    match found.what:
        case "text" | "json":
            return found.text.removesuffix("\n")
        case "table":
            columns = max(map(len, [found.header, *found.rows]))
            head = found.header or tuple(str(number + 1) for number in range(columns))
            return table(_filled(head, columns), [_filled(row, columns) for row in found.rows])
        case "notebook":
            return "\n\n".join(map(_cell, found.cells))
        case "image":
            return f"A picture ({found.mime}). Download it to look at it."
        case _:
            return "No preview."


def _filled(row: tuple[str, ...], columns: int) -> tuple[str, ...]:
    return row + ("",) * (columns - len(row))


def _cell(cell: Cell) -> str:
    outputs = [output.text.rstrip("\n") or "(a picture)" for output in cell.outputs]
    return "\n".join([f"[{cell.kind}]", cell.source, *(f"→ {output}" for output in outputs)])
