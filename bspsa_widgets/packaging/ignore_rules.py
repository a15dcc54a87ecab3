"""`.gitignore` and `.bspsaignore`: what they leave out of a folder, as git would.

Only those in the chosen folder and below it count: what is sent must not depend on what lies
around it. A deeper one counts before one above it, and any `.bspsaignore` before every
`.gitignore`: the one is about what to send, the other about what to keep in git.
"""

from __future__ import annotations

import os
import re
import stat
from typing import NamedTuple

from pathspec import GitIgnoreSpec

OURS, GITS = ".bspsaignore", ".gitignore"
MOST_BYTES = 1 << 20  # of one file; longer ones are read no further

_FOLDER = "ps_d"  # the group in pathspec's patterns that matches the slash behind a folder
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Verdict(NamedTuple):
    """What the rules say of a path.

    Attributes:
        ignored: it stays; False: a negation takes it along. file: that says so.
    """

    ignored: bool
    file: str

    @property
    def is_ours(self) -> bool:
        """Said by a `.bspsaignore`, so that it counts before the rules for everybody."""
        return self.file.endswith(OURS)


class _Rules(NamedTuple):
    base: str  # the folder's path with a slash, "" for the chosen one
    file: str
    spec: GitIgnoreSpec

    def of(self, path: str) -> bool | None:
        """Whether the last pattern that is about this very path ignores it.

        pathspec takes what is in a folder to be matched by the folder's pattern. As the
        walk goes down folder by folder, and may be told to look into an ignored one, that
        must not count again.
        """
        if self.spec.check_file(path).include is None:
            return None
        for pattern in reversed(list(self.spec.patterns)):
            if pattern.include is not None and _is_about(pattern.regex, path):
                return bool(pattern.include)
        return None


class IgnoreRules(NamedTuple):
    """All that count in one folder, the first to be asked first."""

    ours: tuple[_Rules, ...] = ()
    gits: tuple[_Rules, ...] = ()

    def within(self, place: str, base: str, names: set[str]) -> IgnoreRules:
        """Those in a folder below.

        Args:
            place: where it lies. base: its path below the chosen folder, with a slash.
            names: of what is in it.
        """
        ours = _read(place, base, OURS) if OURS in names else ()
        gits = _read(place, base, GITS) if GITS in names else ()
        return IgnoreRules(ours + self.ours, gits + self.gits) if ours or gits else self

    def of(self, path: str) -> Verdict | None:
        """What they say of a file, or of a folder (then the path ends with a slash)."""
        for rules in (*self.ours, *self.gits):
            ignored = rules.of(path[len(rules.base) :])
            if ignored is not None:
                return Verdict(ignored, rules.file)
        return None


def _read(place: str, base: str, name: str) -> tuple[_Rules, ...]:
    """None where it cannot be read: it is hidden, and nothing is sent unseen."""
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
    """Whether it matches the path, and not only a folder on the way."""
    if regex is None:
        return False
    if _FOLDER not in regex.groupindex:
        return regex.search(path.rstrip("/")) is not None  # `a/**` is not about `a` itself
    return any(match.end(_FOLDER) in (-1, len(path)) for match in regex.finditer(path))


def _is_pattern(line: str) -> bool:
    """Git passes over what it cannot read; so do we, line by line."""
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
