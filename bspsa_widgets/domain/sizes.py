"""Sizes and counts as people read them. Quick to import, for commands that send nothing."""

from __future__ import annotations


def megabytes(size: int) -> str:
    """Return a size as text: 1500000 → "1.5 MB"; smaller sizes in kB and B.

    Args:
        size: bytes.

    Returns:
        Number and unit.
    """
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1e6:.1f} MB"


def of_total(done: int, total: int) -> str:
    """Return two sizes in the unit of the larger: "8.1 of 14.2 MB".

    Args:
        done: bytes.
        total: bytes.

    Returns:
        Both numbers and one unit.
    """
    shown, whole = megabytes(done), megabytes(total)
    unit = whole.rpartition(" ")[2]
    return f"{shown.removesuffix(f' {unit}')} of {whole}"


def packing(done: int, total: int, files: int, all_files: int) -> str:
    """Return the progress of packing as one line.

    Args:
        done: bytes packed.
        total: bytes of all files.
        files: files packed.
        all_files: number of all files.

    Returns:
        One line of text.
    """
    return f"Packing {of_total(done, total)} ({files:,} of {counted(all_files)})"


def counted(count: int, noun: str = "file") -> str:
    """Return a count with its noun: 1 → "1 file", 1200 → "1,200 files".

    Args:
        count: how many.
        noun: in the singular.

    Returns:
        Number and noun.
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
