"""Walk a tree once: names, types and sizes; no contents, and links only if included by the user."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.entries import Excluded
from bspsa_widgets.packaging.exclusions import (
    RESULTS,
    is_final,
    is_guarded,
    is_results,
    is_usual,
    may_be_taken,
    why_not_content,
    why_not_file,
    why_not_folder,
)
from bspsa_widgets.packaging.fetched_results import RESULTS_FILE, fetched_into, holds_only_results
from bspsa_widgets.packaging.ignore_rules import IgnoreRules
from bspsa_widgets.packaging.links import LinkTarget, lead_of
from bspsa_widgets.packaging.overrides import Overrides
from bspsa_widgets.packaging.path_names import shown, why_no_name
from bspsa_widgets.packaging.source import stamp_of
from bspsa_widgets.packaging.yielding import Yielding

ENTRIES_AT_ONCE = 500  # between two checks for a stop

EXCLUDED = "left out by you"
_USER = os.geteuid() if hasattr(os, "geteuid") else 0

Found = tuple[str, int, str, int]  # the fields of a `Member`


class _Folder(NamedTuple):
    """A folder still to be searched.

    Attributes:
        path: below the root, "" for the root.
        rules: ignore rules that apply there.
        only: whether it is excluded except for what the user includes.
        secret: whether it is excluded as a likely secret.
        place: target of the link that leads to it; "" for a real folder.
        links: whether the user includes the targets of links to files in it.
        fetched: names in it that came from an earlier job; empty if the user includes them.
        wanted: whether the user includes it although a rule excludes it.
    """

    path: str
    rules: IgnoreRules
    only: bool = False
    secret: bool = False
    place: str = ""
    links: bool = False
    fetched: frozenset[str] = frozenset()
    wanted: bool = False


class Walk:
    """Walk through a folder, with its own stack: a deep tree causes no deep recursion.

    Args:
        root: resolved path of the folder.
        wishes: the user's overrides.
        stopped: checked at each folder and every 500 entries; True stops the walk.

    Attributes:
        members: files to send, by path.
        folders: folders that were searched.
        left_out: excluded entries.
        stuck: entries that nothing excludes, but that cannot be sent.
    """

    def __init__(self, root: Path, wishes: Overrides, stopped: Callable[[], bool]) -> None:
        self._root = root
        self._wishes = wishes
        self._stopped = stopped
        self._links: list[tuple[str, _Folder]] = []
        self._barriers: dict[Path, str] = {}
        self._waiting = [_Folder("", IgnoreRules())]
        self._breath = Yielding()
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
        while self._waiting or self._links:
            while self._waiting:
                self._look_into(self._waiting.pop())
            links, self._links = self._links, []
            for path, place in links:
                self._link(path, place)
        self._wishes.check(self.members.keys() | self.folders)

    def _look_into(self, place: _Folder) -> None:
        where = place.place or os.path.join(self._root, place.path)
        try:
            with os.scandir(where) as found:
                entries = list(found)
        except OSError as error:
            self._stick(place.path or ".", f"cannot be read: {error.strerror}")
            return
        base = f"{place.path}/" if place.path else ""
        names = {entry.name for entry in entries}
        rules = place.rules.within(where, base, names)
        has_results = RESULTS_FILE in names and not place.wanted
        fetched = fetched_into(where) if has_results else place.fetched
        here = place._replace(rules=rules, fetched=fetched)
        # Where only the built-in exclusions apply, most files need no further check.
        is_ruled = place.only or rules.ours or rules.gits or fetched
        is_plain = not is_ruled and self._wishes.are_none
        for number, entry in enumerate(entries):
            if number % ENTRIES_AT_ONCE == 0:
                self._look_up()
            path = base + entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    self._folder(entry, path, here)
                elif is_plain and entry.is_file(follow_symlinks=False) and is_usual(entry.name):
                    self._regular(entry, path, here)
                else:
                    self._file(entry, path, here)
            except FileNotFoundError:
                continue  # removed since its name was read
            except OSError as error:
                self._stick(path, f"cannot be read: {error.strerror}")

    def _look_up(self) -> None:
        if self._stopped():
            raise Stopped
        self._breath.take()

    def _folder(self, entry: os.DirEntry[str], path: str, place: _Folder) -> None:
        wishes = self._wishes
        problem = why_no_name(path)
        reason = EXCLUDED if self._excludes(path) else self._why_not_folder(entry, path, place)
        secret = is_guarded(reason) or place.secret
        real = entry.path if place.place else ""
        if not reason and not problem and not place.only:
            links = place.links or wishes.name(path)
            self._go_into(_Folder(path, place.rules, place=real, links=links))
        elif is_final(reason):
            self._keep(path + "/", reason or "", place)
            wishes.cannot(path, reason or "")
        elif reason != EXCLUDED and wishes.want(path, secret=secret):
            self._go_into(_Folder(path, place.rules, place=real, wanted=True))
        else:
            if reason or place.only:
                self._keep(path + "/", reason or "", place)
            else:
                self._stick(path + "/", problem or "")
            if wishes.reach_into(path):
                self._waiting.append(_Folder(path, place.rules, True, secret, real))

    def _go_into(self, place: _Folder) -> None:
        self.folders.append(place.path)
        self._waiting.append(place)

    def _why_not_folder(self, entry: os.DirEntry[str], path: str, place: _Folder) -> str | None:
        reason = why_not_folder(entry.path)
        if reason is None and self._is_fetched(entry, path, place):
            reason = RESULTS
        if is_guarded(reason) or is_final(reason):
            return reason
        return self._ruled(path + "/", reason, place)

    def _is_fetched(self, entry: os.DirEntry[str], path: str, place: _Folder) -> bool:
        return is_results(path) or entry.name in place.fetched or holds_only_results(entry.path)

    def _ruled(self, path: str, reason: str | None, place: _Folder) -> str | None:
        """Return the reason for an exclusion after the ignore files: they can add or remove it."""
        verdict = place.rules.of(path) if place.rules.ours or place.rules.gits else None
        if verdict is None:
            return reason
        if verdict.ignored:
            return reason or f"ignored by {shown(verdict.file)}"
        return None if verdict.is_ours else reason

    def _file(self, entry: os.DirEntry[str], path: str, place: _Folder) -> None:
        wishes = self._wishes
        reason = why_not_file(entry.name) or (RESULTS if entry.name in place.fetched else None)
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
            self._links.append((path, place))
        else:
            self._regular(entry, path, place)

    def _regular(self, entry: os.DirEntry[str], path: str, place: _Folder) -> None:
        about = entry.stat(follow_symlinks=False)
        reason = why_not_content(entry.name, about)
        if reason:
            self._wishes.cannot(path, reason)
            self.left_out.append(Excluded(shown(path), reason))
        elif not _may_read(entry, about):
            self._stick(path, "cannot be read: Permission denied")
        else:
            real = self._source(entry.path) if place.place else ""
            self._take((path, about.st_size, real, stamp_of(about)))

    def _link(self, path: str, place: _Folder) -> None:
        """Send the target of a link to a file that is sent anyway; other links only if included."""
        lead = lead_of(self._root / path, self._root, self._barriers)
        if lead.place is not None and (known := self.members.get(self._source(lead.place))):
            there, size, source, stamp = known
            self._take((path, size, source or there, stamp))
        elif lead.place is None or is_final(lead.barrier):
            self._wishes.cannot(path, lead.reason)
            self.left_out.append(Excluded(shown(path), lead.reason))
        elif self._wishes.want(path, secret=bool(lead.barrier)) or (
            place.links and not lead.barrier and lead.size is not None
        ):
            self._follow(path, lead, place)
        else:
            left = Excluded(shown(path), lead.reason, lead.size, may_be_taken(lead.barrier))
            self.left_out.append(left)

    def _is_asked_for(self, path: str, lead: LinkTarget, place: _Folder) -> bool:
        if self._wishes.want(path, secret=bool(lead.barrier)):
            return True
        return place.links and not lead.barrier and lead.size is not None

    def _follow(self, path: str, lead: LinkTarget, place: _Folder) -> None:
        """Add the target of a link that the user includes."""
        if lead.place is None:
            return
        if lead.size is None:
            self._go_into(_Folder(path, place.rules, place=str(lead.place)))
        elif os.access(lead.place, os.R_OK):
            self._take((path, lead.size, self._source(lead.place), lead.stamp))
        else:
            self._stick(path, "cannot be read: Permission denied")

    def _source(self, place: str | Path) -> str:
        """Return the real path of a file: relative to the root if it is inside."""
        path = Path(place)
        inside = self._root in path.parents
        return (path.relative_to(self._root) if inside else path).as_posix()

    def _take(self, found: Found) -> None:
        path = found[0]
        problem = why_no_name(path)
        if problem:
            self._stick(path, problem)
        else:
            self.members[path] = found

    def _excludes(self, path: str) -> bool:
        """Return whether the user excludes a path, by its name or by its shown form."""
        return not self._wishes.are_none and (
            self._wishes.excludes(path) or self._wishes.excludes(shown(path))
        )

    def _keep(
        self, path: str, reason: str, place: _Folder, entry: os.DirEntry[str] | None = None
    ) -> None:
        """Note an excluded entry; the content of an excluded folder is not listed one by one."""
        if not place.only:
            size = None if entry is None else _size(entry)
            self.left_out.append(Excluded(shown(path), reason, size, may_be_taken(reason)))

    def _stick(self, path: str, reason: str) -> None:
        if self._excludes(path.rstrip("/")):
            self.left_out.append(Excluded(shown(path), EXCLUDED, None, "yes"))
        else:
            self.stuck.append(Excluded(shown(path), reason))


def _size(entry: os.DirEntry[str]) -> int | None:
    about = entry.stat(follow_symlinks=False)
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def _may_read(entry: os.DirEntry[str], about: os.stat_result) -> bool:
    """Return whether a file is readable: by its mode if possible, to save a call of `access`."""
    if _USER == 0 or about.st_mode & stat.S_IROTH:
        return True
    return os.access(entry.path, os.R_OK)
