"""One pass over a tree: names, kinds and sizes; no contents, and no link is followed."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.entries import LeftOut, May
from bspsa_widgets.packaging.exclusions import (
    RESULTS,
    is_final,
    is_guarded,
    is_results,
    is_usual,
    why_not_content,
    why_not_file,
    why_not_folder,
)
from bspsa_widgets.packaging.ignore_rules import IgnoreRules
from bspsa_widgets.packaging.modest import Breath
from bspsa_widgets.packaging.source import stamp_of
from bspsa_widgets.packaging.wishes import Wishes

LONGEST_PATH = 1000  # characters, below the folder
ENTRIES_AT_ONCE = 500  # between two looks up from the work

_VERSION = re.compile(r";[0-9]*\Z")  # as VMS has them; unzip drops them
EXCLUDED = "left out by you"
_USER = os.geteuid() if hasattr(os, "geteuid") else 0

Found = tuple[str, int, str, int]  # the fields of a `Member`


class _Place(NamedTuple):
    """A folder that waits to be looked through.

    Attributes:
        path: below the root, "" for it. rules: that count there.
        only: it stays but for what is wanted of it. secret: because it looks like one.
    """

    path: str
    rules: IgnoreRules
    only: bool = False
    secret: bool = False


class Walk:
    """With a stack of its own: a deep tree is no deep recursion.

    Args:
        root: resolved. stopped: asked at each folder and every 500 entries.

    Attributes:
        members: by their path. folders: looked through. left_out: on purpose.
        stuck: what nobody left out, and yet cannot travel.
    """

    def __init__(self, root: Path, wishes: Wishes, stopped: Callable[[], bool]) -> None:
        self._root = root
        self._wishes = wishes
        self._stopped = stopped
        self._links: list[str] = []
        self._waiting = [_Place("", IgnoreRules())]
        self._breath = Breath()
        self.members: dict[str, Found] = {}
        self.folders: list[str] = []
        self.left_out: list[LeftOut] = []
        self.stuck: list[LeftOut] = []

    def run(self) -> None:
        """Look through everything.

        Raises:
            InvalidInput: of a field of the choice.
            Stopped: `stopped` said so.
        """
        while self._waiting:
            self._look_into(self._waiting.pop())
        for path in self._links:
            self._link(path)
        self._wishes.check(self.members.keys() | self.folders)

    def _look_into(self, place: _Place) -> None:
        where = os.path.join(self._root, place.path)
        try:
            with os.scandir(where) as found:
                entries = list(found)
        except OSError as error:
            self._stick(place.path or ".", f"cannot be read: {error.strerror}")
            return
        base = f"{place.path}/" if place.path else ""
        rules = place.rules.within(where, base, {entry.name for entry in entries})
        here = place._replace(rules=rules)
        # Where nothing is said but by the rules for everybody, most files need no more.
        is_plain = not (place.only or rules.ours or rules.gits) and self._wishes.are_none
        for number, entry in enumerate(entries):
            if number % ENTRIES_AT_ONCE == 0:
                self._look_up()
            path = base + entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    self._folder(entry, path, here)
                elif is_plain and entry.is_file(follow_symlinks=False) and is_usual(entry.name):
                    self._regular(entry, path)
                else:
                    self._file(entry, path, here)
            except FileNotFoundError:
                continue  # gone since its name was read
            except OSError as error:
                self._stick(path, f"cannot be read: {error.strerror}")

    def _look_up(self) -> None:
        if self._stopped():
            raise Stopped
        self._breath.take()

    def _folder(self, entry: os.DirEntry[str], path: str, place: _Place) -> None:
        wishes = self._wishes
        problem = _why_no_name(path)
        reason = EXCLUDED if self._excludes(path) else self._why_not_folder(entry, path, place)
        secret = is_guarded(reason) or place.secret
        if not reason and not problem and not place.only:
            self._go_into(_Place(path, place.rules))
        elif is_final(reason):
            self._keep(path + "/", reason or "", place)
            wishes.cannot(path, reason or "")
        elif reason != EXCLUDED and wishes.want(path, secret=secret):
            self._go_into(_Place(path, place.rules))
        else:
            if reason or place.only:
                self._keep(path + "/", reason or "", place)
            else:
                self._stick(path + "/", problem or "")
            if wishes.reach_into(path):
                self._waiting.append(_Place(path, place.rules, only=True, secret=secret))

    def _go_into(self, place: _Place) -> None:
        self.folders.append(place.path)
        self._waiting.append(place)

    def _why_not_folder(self, entry: os.DirEntry[str], path: str, place: _Place) -> str | None:
        reason = why_not_folder(entry.path)
        if reason is None and is_results(path):
            reason = RESULTS
        if is_guarded(reason) or is_final(reason):
            return reason
        return self._ruled(path + "/", reason, place)

    def _ruled(self, path: str, reason: str | None, place: _Place) -> str | None:
        """What the ignore files make of the reason that holds for everybody."""
        verdict = place.rules.of(path) if place.rules.ours or place.rules.gits else None
        if verdict is None:
            return reason
        if verdict.ignored:
            return reason or f"ignored by {_shown(verdict.file)}"
        return None if verdict.is_ours else reason

    def _file(self, entry: os.DirEntry[str], path: str, place: _Place) -> None:
        wishes = self._wishes
        reason = why_not_file(entry.name)
        if not is_guarded(reason) and not is_final(reason):
            reason = self._ruled(path, reason, place)
        if self._excludes(path):
            reason = EXCLUDED
        wanted = False
        if reason or place.only:
            secret = is_guarded(reason) or place.secret
            if is_final(reason):
                wishes.cannot(path, reason or "")
            elif reason != EXCLUDED:
                wanted = wishes.want(path, secret=secret)
            if not wanted:
                self._keep(path, reason or "", place, entry)
                return
        if entry.is_symlink():
            self._links.append(path)
        else:
            self._regular(entry, path)

    def _regular(self, entry: os.DirEntry[str], path: str) -> None:
        about = entry.stat(follow_symlinks=False)
        reason = why_not_content(entry.name, about)
        if reason:
            self._wishes.cannot(path, reason)
            self.left_out.append(LeftOut(_shown(path), reason))
        elif not _may_read(entry, about):
            self._stick(path, "cannot be read: Permission denied")
        else:
            self._take((path, about.st_size, "", stamp_of(about)))

    def _link(self, path: str) -> None:
        """A link to a file that travels is sent as that file; every other link stays."""
        found = self._target(path)
        if not isinstance(found, str):
            there, size, source, stamp = found
            self._take((path, size, source or there, stamp))
            return
        self._wishes.cannot(path, found)
        self.left_out.append(LeftOut(_shown(path), found))

    def _target(self, path: str) -> Found | str:
        """The file that a link leads to, or why it stays."""
        try:
            target = (self._root / path).resolve(strict=True)
        except (OSError, RuntimeError):
            return "a link that leads nowhere"
        if target != self._root and self._root not in target.parents:
            return "a link that leads out of the folder"
        if target.is_dir():
            return "a link to a folder"
        # A harmless name must not carry out what its target's place or name keeps in.
        known = self.members.get(target.relative_to(self._root).as_posix())
        return known or "a link to a file that is left out"

    def _take(self, found: Found) -> None:
        path = found[0]
        problem = _why_no_name(path)
        if problem:
            self._stick(path, problem)
        else:
            self.members[path] = found

    def _excludes(self, path: str) -> bool:
        """By its name, or as it is shown, which is all that one can write of some names."""
        return not self._wishes.are_none and (
            self._wishes.excludes(path) or self._wishes.excludes(_shown(path))
        )

    def _keep(
        self, path: str, reason: str, place: _Place, entry: os.DirEntry[str] | None = None
    ) -> None:
        """It stays. What stays with its folder is not told one by one."""
        if not place.only:
            size = None if entry is None else _size(entry)
            self.left_out.append(LeftOut(_shown(path), reason, size, _may(reason)))

    def _stick(self, path: str, reason: str) -> None:
        if self._excludes(path.rstrip("/")):
            self.left_out.append(LeftOut(_shown(path), EXCLUDED, None, "yes"))
        else:
            self.stuck.append(LeftOut(_shown(path), reason))


def _may(reason: str) -> May:
    """Whether the user can take along what stays for this reason."""
    if is_final(reason):
        return "no"
    return "ask" if is_guarded(reason) else "yes"


def _size(entry: os.DirEntry[str]) -> int | None:
    about = entry.stat(follow_symlinks=False)
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def _may_read(entry: os.DirEntry[str], about: os.stat_result) -> bool:
    """By the mode where that says yes; asking costs a call of its own."""
    if _USER == 0 or about.st_mode & stat.S_IROTH:
        return True
    return os.access(entry.path, os.R_OK)


def _why_no_name(path: str) -> str | None:
    """Why a path cannot be a name in the archive."""
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


def _shown(path: str) -> str:
    """In signs that can be shown and encoded, whatever the name holds."""
    if path.isprintable():
        return path
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in path)


def is_text(path: str) -> bool:
    """Whether a name can be encoded and shown: no half characters, no control signs."""
    if path.isascii() and path.isprintable():
        return True
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return all(ord(sign) >= 32 and sign != "\x7f" for sign in path)
