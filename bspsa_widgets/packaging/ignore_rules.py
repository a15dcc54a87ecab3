"""Exclusions by `.gitignore` and `.bspsaignore`, with git's rules.

Only files in the chosen folder and below count: what is sent must not depend on its
surroundings. A deeper file counts before one above it, and any `.bspsaignore` before every
`.gitignore`: the first is about what to send, the second about what to keep in git.
"""

from __future__ import annotations

import os
import re
import stat
from typing import NamedTuple

from pathspec import GitIgnoreSpec

OURS, GITS = ".bspsaignore", ".gitignore"
MOST_BYTES = 1 << 20  # of one file; the rest of a longer one is ignored

_FOLDER = "ps_d"  # group of pathspec's patterns for the slash after a folder
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class RuleResult(NamedTuple):
    """The decision of the ignore files about a path.

    Attributes:
        ignored: whether it is excluded; False if a negated pattern includes it.
        file: the ignore file that decides.
    """

    ignored: bool
    file: str

    @property
    def is_ours(self) -> bool:
        """Whether a `.bspsaignore` decides, which counts before the built-in exclusions."""
        return self.file.endswith(OURS)


class _Rules(NamedTuple):
    base: str  # the folder's path with a slash, "" for the chosen one
    file: str
    spec: GitIgnoreSpec

    def of(self, path: str) -> bool | None:
        """Return whether the last pattern about exactly this path ignores it.

        pathspec also matches the content of a folder by the folder's pattern. The walk goes down
        folder by folder, and may enter an ignored one, so that must not count again.
        """
        if self.spec.check_file(path).include is None:
            return None
        for pattern in reversed(list(self.spec.patterns)):
            if pattern.include is not None and _is_about(pattern.regex, path):
                return bool(pattern.include)
        return None


class IgnoreRules(NamedTuple):
    """All ignore files that count in one folder.

    Attributes:
        ours: rules of `.bspsaignore` files, the deepest first.
        gits: rules of `.gitignore` files, the deepest first.
    """

    ours: tuple[_Rules, ...] = ()
    gits: tuple[_Rules, ...] = ()

    def within(self, place: str, base: str, names: set[str]) -> IgnoreRules:
        """Return the rules for a folder below.

        Args:
            place: path of that folder on disk.
            base: its path below the chosen folder, with a slash at the end.
            names: names of its entries.

        Returns:
            These rules, and those of its own ignore files.
        """
        ours = _read(place, base, OURS) if OURS in names else ()
        gits = _read(place, base, GITS) if GITS in names else ()
        return IgnoreRules(ours + self.ours, gits + self.gits) if ours or gits else self

    def of(self, path: str) -> RuleResult | None:
        """Return the decision about a file or folder.

        Args:
            path: path below the chosen folder; a folder's ends with a slash.

        Returns:
            The decision; None if no pattern matches.
        """
        for rules in (*self.ours, *self.gits):
            ignored = rules.of(path[len(rules.base) :])
            if ignored is not None:
                return RuleResult(ignored, rules.file)
        return None


def _read(place: str, base: str, name: str) -> tuple[_Rules, ...]:
    """Return the rules of an ignore file; none if it cannot be read."""
    try:
        handle = os.open(os.path.join(place, name), _OPEN)
    except OSError:
        return ()
    try:
        is_file = stat.S_ISREG(os.fstat(handle).st_mode)
        text = os.read(handle, MOST_BYTES).decode("utf-8", "replace") if is_file else ""
    except OSError:
        return ()
    finally:
        os.close(handle)
    lines = [line for line in text.splitlines() if _is_pattern(line)]
    return (_Rules(base, base + name, GitIgnoreSpec.from_lines(lines)),)


def _is_about(regex: re.Pattern[str] | None, path: str) -> bool:
    """Return whether a pattern matches the path itself, and not only a parent folder."""
    if regex is None:
        return False
    if _FOLDER not in regex.groupindex:
        return regex.search(path.rstrip("/")) is not None  # `a/**` is not about `a` itself
    return any(match.end(_FOLDER) in (-1, len(path)) for match in regex.finditer(path))


def _is_pattern(line: str) -> bool:
    """Return whether a line can be parsed; others are skipped, as git does."""
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
