"""Shows a notebook's cells as text and images; nothing is executed or rendered."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal, NamedTuple

from bspsa_widgets.results.preview.image import picture
from bspsa_widgets.results.preview.text import clean

MOST_BYTES = 5_000_000  # maximum size of a notebook
MOST_CELLS = 200
MOST_OUTPUTS = 20  # of one cell
MOST_CHARACTERS = 10_000  # of one cell or output

_GAP = "\n… (cut)"

CellKind = Literal["markdown", "code", "raw"]


class CellOutput(NamedTuple):
    """An output of a cell.

    Attributes:
        text: output as text.
        image: PNG image, base64; "" if it is text.
    """

    text: str
    image: str = ""


class Cell(NamedTuple):
    """A cell of a notebook.

    Attributes:
        kind: kind of cell.
        source: source as text.
        outputs: outputs of a code cell.
    """

    kind: CellKind
    source: str
    outputs: tuple[CellOutput, ...] = ()


class Cells(NamedTuple):
    """First cells of a notebook.

    Attributes:
        cells: the cells.
        is_cut: whether something is omitted.
    """

    cells: tuple[Cell, ...]
    is_cut: bool


def cells_of(found: Any) -> Cells | None:
    """Return the first cells of a decoded notebook.

    Args:
        found: the decoded JSON document.

    Returns:
        the cells; None if it is no notebook.
    """
    listed = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        return None
    cells = [_cell(entry) for entry in listed[:MOST_CELLS] if isinstance(entry, dict)]
    is_cut = len(listed) > MOST_CELLS or any(
        text.endswith(_GAP) for cell in cells for text in _texts(cell)
    )
    return Cells(tuple(cells), is_cut)


def _texts(cell: Cell) -> list[str]:
    return [cell.source, *(output.text for output in cell.outputs)]


def _cell(entry: dict[str, Any]) -> Cell:
    kind = entry.get("cell_type")
    source = _text(entry.get("source"))
    if kind == "code":
        return Cell("code", source, _outputs(entry.get("outputs")))
    return Cell("markdown" if kind == "markdown" else "raw", source)


def _outputs(listed: Any) -> tuple[CellOutput, ...]:
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    shown = [_output(one) for one in found[:MOST_OUTPUTS]]
    if len(found) > MOST_OUTPUTS:
        shown.append(CellOutput(f"{len(found) - MOST_OUTPUTS:,} more{_GAP}"))
    return tuple(one for one in shown if one.text or one.image)


def _output(entry: dict[str, Any]) -> CellOutput:
    """Return a PNG image if there is one that can be shown, otherwise plain text."""
    data = entry.get("data")
    if isinstance(data, dict):
        image = _png(data.get("image/png"))
        return CellOutput("", image) if image else CellOutput(_text(data.get("text/plain")))
    if entry.get("output_type") == "error":
        return CellOutput(_text(entry.get("traceback"), "\n") or _text(entry.get("evalue")))
    return CellOutput(_text(entry.get("text")))


def _png(value: Any) -> str:
    try:
        data = base64.b64decode("".join(_joined(value, "").split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    found = picture(data)
    if found is None or found.mime != "image/png" or not found.is_showable:
        return ""
    return base64.b64encode(data).decode()


def _joined(value: Any, between: str) -> str:
    """Return a notebook's text, which is a string or a list of lines."""
    if isinstance(value, list):
        return between.join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _text(value: Any, between: str = "") -> str:
    text = _joined(value, between)
    cut = _GAP if len(text) > MOST_CHARACTERS else ""
    return clean(text[:MOST_CHARACTERS]) + cut
