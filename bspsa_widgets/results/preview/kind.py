"""Which files can be looked at in place, by their names."""

from __future__ import annotations

from typing import Literal

PreviewKind = Literal["text", "table", "json", "image", "notebook"]

# SVG and HTML can hold scripts: they are text here, never a picture or a page.
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
    """How a file is shown; "" where its name does not tell that it can be."""
    stem, dot, suffix = name.rpartition("/")[2].lower().rpartition(".")
    if not dot:
        return "text" if suffix in _NAMES else ""
    return _KINDS.get(suffix, "") if stem else ""
