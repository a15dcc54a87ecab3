"""Decides by its name how a file can be previewed."""

from __future__ import annotations

from typing import Literal

PreviewKind = Literal["text", "table", "json", "image", "notebook"]

# SVG and HTML can contain scripts: they are shown as text, never rendered.
_SUFFIXES: dict[PreviewKind, str] = {
    "text": "txt log out err md rst dat asc xml svg html htm py hoc mod ses sh sbatch m r c h cpp "
    "jl js ts yaml yml toml ini cfg conf jsonl ndjson swc inp par params tex bib",
    "table": "csv tsv",
    "json": "json geojson",
    "image": "png jpg jpeg gif webp",
    "notebook": "ipynb",
}
_KINDS = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_NAMES = frozenset({"stdout", "stderr", "readme", "license", "makefile", "dockerfile"})


def preview_kind(name: str) -> PreviewKind | Literal[""]:
    """Return the kind of preview for a file.

    Args:
        name: name of the file.

    Returns:
        the kind; "" if the name does not show that it can be previewed.
    """
    stem, dot, suffix = name.rpartition("/")[2].lower().rpartition(".")
    if not dot:
        return "text" if suffix in _NAMES else ""
    return _KINDS.get(suffix, "") if stem else ""
