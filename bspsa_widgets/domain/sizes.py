"""Sizes and counts as people read them: quick to import, for commands that send nothing."""

from __future__ import annotations


def megabytes(size: int) -> str:
    """1500000 → "1.5 MB"; smaller sizes in kB and B."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1e6:.1f} MB"


def of_total(done: int, total: int) -> str:
    """Two sizes in the unit of the larger: "8.1 of 14.2 MB"."""
    shown, whole = megabytes(done), megabytes(total)
    unit = whole.rpartition(" ")[2]
    return f"{shown.removesuffix(f' {unit}')} of {whole}"


def packing(done: int, total: int, files: int, all_files: int) -> str:
    """How far packing is, in a line."""
    return f"Packing {of_total(done, total)} ({files:,} of {counted(all_files)})"


def counted(count: int, noun: str = "file") -> str:
    """1 → "1 file", 1200 → "1,200 files"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
