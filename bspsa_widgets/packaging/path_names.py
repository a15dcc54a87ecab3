"""Paths that an archive can hold, and how to show those that it cannot."""

from __future__ import annotations

import re

LONGEST_PATH = 1000  # characters, below the folder

_VERSION = re.compile(r";[0-9]*\Z")  # a file version of VMS; unzip removes it


def why_no_name(path: str) -> str | None:
    """Return the reason why a path cannot be a name in the archive.

    Args:
        path: relative to the folder.

    Returns:
        The reason; None if it can.
    """
    usual = path.isascii() and path.isprintable() and "\\" not in path and ";" not in path
    if usual and len(path) <= LONGEST_PATH:
        return None
    if len(path) > LONGEST_PATH:
        return f"its path is longer than {LONGEST_PATH} characters"
    if "\\" in path:
        return "a backslash in its name, which unzip takes for a folder"
    if _VERSION.search(path):
        return "a semicolon at its name's end, which unzip takes for a version of the file"
    return None if is_text(path) else "its name is not readable text"


def shown(path: str) -> str:
    """Return a path in characters that can be shown and encoded.

    Args:
        path: any path.

    Returns:
        The path, with escapes for other characters.
    """
    if path.isprintable():
        return path
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in path)


def is_text(path: str) -> bool:
    """Return whether a name can be encoded and shown: no half or control characters.

    Args:
        path: name or path.

    Returns:
        True if it can.
    """
    if path.isascii() and path.isprintable():
        return True
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return all(ord(sign) >= 32 and sign != "\x7f" for sign in path)
