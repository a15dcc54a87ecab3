"""Walk a folder tree once: read names, types and sizes, and follow links only if included."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.entries import Excluded, Reason
from bspsa_widgets.packaging.exclusions import (
    EXCLUDED,
    RESULTS,
    is_results,
    is_usual,
    why_not_content,
    why_not_file,
    why_not_folder,
)
from bspsa_widgets.packaging.fetched_results import (
    RESULTS_FILE,
    contains_only_results,
    fetched_names,
)
from bspsa_widgets.packaging.ignore_rules import IgnoreRules
from bspsa_widgets.packaging.links import LinkTarget, resolve_link
from bspsa_widgets.packaging.overrides import Overrides
from bspsa_widgets.packaging.path_names import shown, why_no_name
from bspsa_widgets.packaging.source import stamp_of
from bspsa_widgets.packaging.yielding import Yielding

ENTRIES_AT_ONCE = 500  # between two checks for a stop

_USER = os.geteuid() if hasattr(os, "geteuid") else 0

Found = tuple[str, int, str, int]  # the fields of a `Member`


class _Folder(NamedTuple):
    """A folder still to be searched.

    Attributes:
        path: below the root, "" for the root.
        rules: ignore rules that apply there.
        excluded_only: whether it is excluded except for what the user includes.
        secret: whether it is excluded as a likely secret.
        real_path: target of the link that leads to it; "" for a real folder.
        links: whether the user includes the targets of links to files in it.
        fetched: names in it that came from an earlier job; empty if the user includes them.
        included: whether the user includes it although a rule excludes it.
    """

    path: str
    rules: IgnoreRules
    excluded_only: bool = False
    secret: bool = False
    real_path: str = ""
    links: bool = False
    fetched: frozenset[str] = frozenset()
    included: bool = False


class Walk:
    """Walk through a folder, with its own stack: a deep tree causes no deep recursion.

    Args:
        root: resolved path of the folder.
        overrides: the user's overrides.
        stopped: checked at each folder and every 500 entries; True stops the walk.

    Attributes:
        members: files to send, by path.
        folders: folders that were searched.
        left_out: excluded entries.
        stuck: entries that nothing excludes, but that cannot be sent.
    """

    def __init__(self, root: Path, overrides: Overrides, stopped: Callable[[], bool]) -> None:
        self._root = root
        self._overrides = overrides
        self._stopped = stopped
        self._links: list[tuple[str, _Folder]] = []
        self._barriers: dict[Path, Reason | None] = {}
        self._queue = [_Folder("", IgnoreRules())]
        self._yielding = Yielding()
        self.members: dict[str, Found] = {}
        self.folders: list[str] = []
        self.left_out: list[Excluded] = []
        self.stuck: list[Excluded] = []

    def run(self) -> None:
        """Search everything.

        Raises:
            InvalidInput: of a field of the choice.
            Stopped: if `stopped` returned True.
        """
        while self._queue or self._links:
            while self._queue:
                self._scan(self._queue.pop())
            links, self._links = self._links, []
            for path, folder in links:
                self._link(path, folder)
        self._overrides.check(self.members.keys() | self.folders)

    def _scan(self, folder: _Folder) -> None:
        real_path = folder.real_path or os.path.join(self._root, folder.path)
        try:
            with os.scandir(real_path) as found:
                entries = list(found)
        except OSError as error:
            self._add_stuck(folder.path or ".", f"cannot be read: {error.strerror}")
            return
        base = f"{folder.path}/" if folder.path else ""
        names = {entry.name for entry in entries}
        rules = folder.rules.within(real_path, base, names)
        has_results = RESULTS_FILE in names and not folder.included
        fetched = fetched_names(real_path) if has_results else folder.fetched
        current = folder._replace(rules=rules, fetched=fetched)
        # Where only the built-in exclusions apply, most files need no further check.
        is_ruled = folder.excluded_only or rules.bspsa or rules.git or fetched
        is_plain = not is_ruled and self._overrides.is_empty
        for number, entry in enumerate(entries):
            if number % ENTRIES_AT_ONCE == 0:
                self._check_stop()
            path = base + entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    self._folder(entry, path, current)
                elif is_plain and entry.is_file(follow_symlinks=False) and is_usual(entry.name):
                    self._regular(entry, path, current)
                else:
                    self._file(entry, path, current)
            except FileNotFoundError:
                continue  # removed since its name was read
            except OSError as error:
                self._add_stuck(path, f"cannot be read: {error.strerror}")

    def _check_stop(self) -> None:
        if self._stopped():
            raise Stopped
        self._yielding.yield_if_due()

    def _folder(self, entry: os.DirEntry[str], path: str, folder: _Folder) -> None:
        overrides = self._overrides
        problem = why_no_name(path)
        reason = EXCLUDED if self._excludes(path) else self._why_not_folder(entry, path, folder)
        secret = folder.secret or (reason is not None and reason.is_guarded)
        real = entry.path if folder.real_path else ""
        if not reason and not problem and not folder.excluded_only:
            links = folder.links or overrides.names(path)
            self._add_folder(_Folder(path, folder.rules, real_path=real, links=links))
        elif reason and reason.is_final:
            self._exclude(path + "/", reason, folder)
            overrides.note_problem(path, reason.words)
        elif reason is not EXCLUDED and overrides.includes(path, secret=secret):
            self._add_folder(_Folder(path, folder.rules, real_path=real, included=True))
        else:
            if reason or folder.excluded_only:
                self._exclude(path + "/", reason, folder)
            else:
                self._add_stuck(path + "/", problem or "")
            if overrides.includes_below(path):
                self._queue.append(_Folder(path, folder.rules, True, secret, real))

    def _add_folder(self, folder: _Folder) -> None:
        self.folders.append(folder.path)
        self._queue.append(folder)

    def _why_not_folder(self, entry: os.DirEntry[str], path: str, folder: _Folder) -> Reason | None:
        reason = why_not_folder(entry.path)
        if reason is None and self._is_fetched(entry, path, folder):
            reason = RESULTS
        if reason and (reason.is_guarded or reason.is_final):
            return reason
        return self._ruled(path + "/", reason, folder)

    def _is_fetched(self, entry: os.DirEntry[str], path: str, folder: _Folder) -> bool:
        return is_results(path) or entry.name in folder.fetched or contains_only_results(entry.path)

    def _ruled(self, path: str, reason: Reason | None, folder: _Folder) -> Reason | None:
        """Return the reason for an exclusion after the ignore files: they can add or remove it."""
        verdict = folder.rules.of(path) if folder.rules.bspsa or folder.rules.git else None
        if verdict is None:
            return reason
        if verdict.ignored:
            return reason or Reason(f"ignored by {shown(verdict.file)}")
        return None if verdict.is_bspsaignore else reason

    def _file(self, entry: os.DirEntry[str], path: str, folder: _Folder) -> None:
        overrides = self._overrides
        reason = why_not_file(entry.name) or (RESULTS if entry.name in folder.fetched else None)
        if reason is None or not (reason.is_guarded or reason.is_final):
            reason = self._ruled(path, reason, folder)
        if self._excludes(path):
            reason = EXCLUDED
        included = False
        if reason or folder.excluded_only:
            secret = folder.secret or (reason is not None and reason.is_guarded)
            if reason and reason.is_final:
                overrides.note_problem(path, reason.words)
            elif reason is not EXCLUDED:
                included = overrides.includes(path, secret=secret)
            if not included:
                self._exclude(path, reason, folder, entry)
                return
        if entry.is_symlink():
            self._links.append((path, folder))
        else:
            self._regular(entry, path, folder)

    def _regular(self, entry: os.DirEntry[str], path: str, folder: _Folder) -> None:
        about = entry.stat(follow_symlinks=False)
        reason = why_not_content(entry.name, about)
        if reason:
            self._overrides.note_problem(path, reason.words)
            self.left_out.append(Excluded(shown(path), reason.words, kind=reason.kind))
        elif not _is_readable(entry, about):
            self._add_stuck(path, "cannot be read: Permission denied")
        else:
            real = self._member_source(entry.path) if folder.real_path else ""
            self._add_member((path, about.st_size, real, stamp_of(about)))

    def _link(self, path: str, folder: _Folder) -> None:
        """Send the target of a link to a file that is sent anyway; other links only if included."""
        target = resolve_link(self._root / path, self._root, self._barriers)
        if target.path is not None and (
            member := self.members.get(self._member_source(target.path))
        ):
            member_path, size, source, stamp = member
            self._add_member((path, size, source or member_path, stamp))
        elif target.path is None or (target.barrier and target.barrier.is_final):
            self._overrides.note_problem(path, target.reason.words)
            reason = target.reason
            self.left_out.append(Excluded(shown(path), reason.words, kind=reason.kind))
        elif self._overrides.includes(path, secret=bool(target.barrier)) or (
            folder.links and not target.barrier and target.size is not None
        ):
            self._follow(path, target, folder)
        else:
            may = target.barrier.may if target.barrier else "yes"
            words, kind = target.reason
            self.left_out.append(Excluded(shown(path), words, target.size, may, kind))

    def _follow(self, path: str, target: LinkTarget, folder: _Folder) -> None:
        """Add the target of a link that the user includes."""
        if target.path is None:
            return
        if target.size is None:
            self._add_folder(_Folder(path, folder.rules, real_path=str(target.path)))
        elif os.access(target.path, os.R_OK):
            self._add_member((path, target.size, self._member_source(target.path), target.stamp))
        else:
            self._add_stuck(path, "cannot be read: Permission denied")

    def _member_source(self, path: str | Path) -> str:
        """Return the real path of a file: relative to the root if it is inside."""
        path = Path(path)
        inside = self._root in path.parents
        return (path.relative_to(self._root) if inside else path).as_posix()

    def _add_member(self, found: Found) -> None:
        path = found[0]
        problem = why_no_name(path)
        if problem:
            self._add_stuck(path, problem)
        else:
            self.members[path] = found

    def _excludes(self, path: str) -> bool:
        """Return whether the user excludes a path, by its name or by its shown form."""
        return not self._overrides.is_empty and (
            self._overrides.excludes(path) or self._overrides.excludes(shown(path))
        )

    def _exclude(
        self,
        path: str,
        reason: Reason | None,
        folder: _Folder,
        entry: os.DirEntry[str] | None = None,
    ) -> None:
        """Add an excluded entry; the content of an excluded folder is not listed one by one."""
        if not folder.excluded_only and reason is not None:
            size = None if entry is None else _size(entry)
            excluded = Excluded(shown(path), reason.words, size, reason.may, reason.kind)
            self.left_out.append(excluded)

    def _add_stuck(self, path: str, reason: str) -> None:
        if self._excludes(path.rstrip("/")):
            words, kind = EXCLUDED
            self.left_out.append(Excluded(shown(path), words, None, EXCLUDED.may, kind))
        else:
            self.stuck.append(Excluded(shown(path), reason))


def _size(entry: os.DirEntry[str]) -> int | None:
    about = entry.stat(follow_symlinks=False)
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def _is_readable(entry: os.DirEntry[str], about: os.stat_result) -> bool:
    """Return whether a file is readable: by its mode if possible, to save a call of `access`."""
    if _USER == 0 or about.st_mode & stat.S_IROTH:
        return True
    return os.access(entry.path, os.R_OK)
