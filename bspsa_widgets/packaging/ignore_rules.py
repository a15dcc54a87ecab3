"""Exclusions by `.gitignore` and `.bspsaignore`, with git's rules.

Only files in the chosen folder and below count: what is sent must not depend on its
surroundings. A deeper file counts before one above it, and any `.bspsaignore` before every
`.gitignore`: the first is about what to send, the second about what to keep in git.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from pathspec import GitIgnoreSpec

from bspsa_widgets.packaging.source import read_regular

BSPSAIGNORE, GITIGNORE = ".bspsaignore", ".gitignore"
MAX_BYTES = 1 << 20  # of one file; the rest of a longer one is ignored

_FOLDER = "ps_d"  # group of pathspec's patterns for the slash after a folder


class RuleResult(NamedTuple):
    """The decision of the ignore files about a path.

    Attributes:
        ignored: whether it is excluded; False if a negated pattern includes it.
        file: the ignore file that decides.
    """

    ignored: bool
    file: str

    @property
    def is_bspsaignore(self) -> bool:
        """Whether a `.bspsaignore` decides, which counts before the built-in exclusions."""
        return self.file.endswith(BSPSAIGNORE)


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
        bspsa: rules of `.bspsaignore` files, the deepest first.
        git: rules of `.gitignore` files, the deepest first.
    """

    bspsa: tuple[_Rules, ...] = ()
    git: tuple[_Rules, ...] = ()

    def within(self, folder: str, base: str, names: set[str]) -> IgnoreRules:
        """Return the rules for a folder below.

        Args:
            folder: path of that folder on disk.
            base: its path below the chosen folder, with a slash at the end.
            names: names of its entries.

        Returns:
            These rules, and those of its own ignore files.
        """
        bspsa = _read(folder, base, BSPSAIGNORE) if BSPSAIGNORE in names else ()
        git = _read(folder, base, GITIGNORE) if GITIGNORE in names else ()
        return IgnoreRules(bspsa + self.bspsa, git + self.git) if bspsa or git else self

    def of(self, path: str) -> RuleResult | None:
        """Return the decision about a file or folder.

        Args:
            path: path below the chosen folder; a folder's ends with a slash.

        Returns:
            The decision; None if no pattern matches.
        """
        for rules in (*self.bspsa, *self.git):
            ignored = rules.of(path[len(rules.base) :])
            if ignored is not None:
                return RuleResult(ignored, rules.file)
        return None


def _read(folder: str, base: str, name: str) -> tuple[_Rules, ...]:
    """Return the rules of an ignore file; none if it cannot be read."""
    data = read_regular(os.path.join(folder, name), MAX_BYTES) or b""
    lines = [line for line in data.decode("utf-8", "replace").splitlines() if _is_pattern(line)]
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
