"""Sizes, durations and counts as people read them.

The view writes its own figures by the same rules (`js/src/text/quantities.ts`); one table tests
both. Quick to import, for commands that send nothing.
"""

from __future__ import annotations


def format_size(size: int) -> str:
    """Return a size as text: 1500000 → "1.5 MB"; others in B, kB or GB.

    Args:
        size: bytes.

    Returns:
        Number and unit.

    Example:
        >>> format_size(1_234_000_000)
        '1.23 GB'
    """
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{(size + 500) // 1000} kB"
    if size < 999_950_000:
        return f"{(size + 50_000) // 100_000 / 10:.1f} MB"
    return f"{(size + 5_000_000) // 10_000_000 / 100:.2f} GB"


def format_done(done: int, total: int) -> str:
    """Return two sizes in the unit of the larger: "8.1 of 14.2 MB".

    Args:
        done: bytes.
        total: bytes.

    Returns:
        Both numbers and one unit.
    """
    shown, whole = format_size(done), format_size(total)
    unit = whole.rpartition(" ")[2]
    return f"{shown.removesuffix(f' {unit}')} of {whole}"


def format_packing(done: int, total: int, files: int, all_files: int) -> str:
    """Return the progress of packing as one line.

    Args:
        done: bytes packed.
        total: bytes of all files.
        files: files packed.
        all_files: number of all files.

    Returns:
        One line of text.
    """
    return f"Packing {format_done(done, total)} ({files:,} of {format_count(all_files)})"


def format_count(count: int, noun: str = "file") -> str:
    """Return a count with its noun: 1 → "1 file", 1200 → "1,200 files".

    Args:
        count: how many.
        noun: in the singular.

    Returns:
        Number and noun.
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def format_duration(seconds: float) -> str:
    """Return a duration in one or two units: 185 → "3 min 05 s", 7500 → "2 h 05 min".

    Args:
        seconds: the duration; a negative one counts as 0.

    Returns:
        Numbers and units.

    Example:
        >>> format_duration(183_600)
        '2 d 3 h'
    """
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"
