"""Collects facts about a folder before it is sent, independent of the form."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bspsa_widgets.packaging.entries import Excluded, Member
from bspsa_widgets.packaging.file_heads import heads
from bspsa_widgets.packaging.selection import Selection

MOST_SCRIPTS = 100  # scripts whose beginning is read
MOST_POINTERS = 200
MOST_OF_A_KIND = 20  # possible pointers of one suffix: they are fetched together

_SHELL = (".sh", ".bash", ".csh", ".tcsh", ".ksh", ".zsh")
_STARTED = (".py", ".hoc", *_SHELL)
# Size in bytes of the pointer files that Git LFS and git-annex write.
_POINTER_SIZES = range(40, 250)
_LFS = b"version https://git-lfs.github.com/spec/v1\n"
_ANNEX = b"/annex/objects/"
_CONFLICT = re.compile(r"\([^()]*conflicted copy[^()]*\)|\.sync-conflict-\d|_conflict-\d")


class FolderFacts(NamedTuple):
    """Facts about the selected files.

    Attributes:
        paths: paths of all files that are sent.
        size: size of these files, in bytes.
        clashes: pairs of paths that are the same path on some systems.
        startable: Python and hoc files, those at the top first.
        notebooks: Jupyter notebooks, those at the top first.
        mod_files: NEURON mechanisms.
        links: links that are excluded although the job may need their targets.
        in_cloud: files whose content is only in a cloud drive, and which are excluded.
        conflicts: copies that a cloud drive made when two people changed a file.
        begun: what the first bytes of some files show.
    """

    paths: frozenset[str]
    size: int
    clashes: tuple[tuple[str, str], ...]
    startable: tuple[str, ...]
    notebooks: tuple[str, ...]
    mod_files: tuple[str, ...]
    links: tuple[Excluded, ...]
    in_cloud: tuple[str, ...]
    conflicts: tuple[str, ...]
    begun: FileHeads


class FileHeads(NamedTuple):
    """What the first bytes of some of the files show.

    Attributes:
        lfs: Git LFS pointers to data that was not fetched.
        annex: git-annex pointers to data that was not fetched.
        windows: shell scripts with Windows line ends.
        windows_first: files whose first line (`#!`) ends with a Windows line end.
        compiling: files that call nrnivmodl themselves.
    """

    lfs: tuple[str, ...] = ()
    annex: tuple[str, ...] = ()
    windows: frozenset[str] = frozenset()
    windows_first: frozenset[str] = frozenset()
    compiling: frozenset[str] = frozenset()


def facts(selection: Selection) -> FolderFacts:
    """Return facts about the selected files; reads the beginning of some of them.

    Blocks: run it in a worker thread.

    Args:
        selection: files of the folder that are sent, and those that are excluded.

    Returns:
        the facts.
    """
    paths = [member.path for member in selection.members]
    left_out = selection.left_out
    return FolderFacts(
        frozenset(paths),
        selection.size,
        tuple(_clashes(paths)),
        _top_first(path for path in paths if path.endswith((".py", ".hoc"))),
        _top_first(path for path in paths if path.endswith(".ipynb")),
        tuple(path for path in paths if path.endswith(".mod")),
        tuple(one for one in left_out if one.kind in ("link", "unfetched") and _is_missed(one)),
        tuple(_in_cloud(one.path) for one in left_out if one.kind == "cloud"),
        tuple(path for path in paths if _CONFLICT.search(path)),
        _beginnings(selection),
    )


def _in_cloud(path: str) -> str:
    """Return the file that a placeholder stands for: `a/b.csv` for `a/.b.csv.icloud`."""
    above, slash, name = path.rpartition("/")
    return above + slash + name.removeprefix(".").removesuffix(".icloud")


def _is_missed(link: Excluded) -> bool:
    """Return whether the job may need the link; links to secrets are excluded on purpose."""
    return link.may == "yes" or link.kind == "unfetched"


def _top_first(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=lambda path: (path.count("/"), path)))


def _beginnings(selection: Selection) -> FileHeads:
    lfs, annex = [], []
    windows, windows_first, compiling = set(), set(), set()
    for path, head in heads(selection, _worth_a_look(selection.members)):
        if head.startswith(_LFS):
            lfs.append(path)
        elif head.startswith(_ANNEX):
            annex.append(path)
        if b"\r\n" in head and not path.endswith((".py", ".hoc")) and _is_script(path, head):
            windows.add(path)
        if head.startswith(b"#!") and head.partition(b"\n")[0].endswith(b"\r"):
            windows_first.add(path)
        if b"nrnivmodl" in head:
            compiling.add(path)
    return FileHeads(
        tuple(lfs),
        tuple(annex),
        frozenset(windows),
        frozenset(windows_first),
        frozenset(compiling),
    )


def _is_script(path: str, head: bytes) -> bool:
    return path.endswith(_SHELL) or head.startswith(b"#!")


def _worth_a_look(members: Iterable[Member]) -> list[Member]:
    """Return the files to read: scripts, those at the top first, and possible pointers."""
    scripts: list[Member] = []
    pointers: list[Member] = []
    kinds: Counter[str] = Counter()
    for member in members:
        name = member.path.rpartition("/")[2]
        kind = name.rpartition(".")[2] if "." in name else ""
        if not kind or name.endswith(_STARTED):
            scripts.append(member)
        elif member.size in _POINTER_SIZES and kinds[kind] < MOST_OF_A_KIND:
            kinds[kind] += 1
            pointers.append(member)
    scripts.sort(key=lambda member: (member.path.count("/"), member.path))
    return [*scripts[:MOST_SCRIPTS], *pointers[:MOST_POINTERS]]


def _clashes(paths: list[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of paths that differ only in case or in how an accent is written."""
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(alike(path), path)
        if other is not path:
            yield other, path


def alike(path: str) -> str:
    """Return a key that is equal for paths that are the same path on some systems.

    Args:
        path: path below the folder.

    Returns:
        the path, case folded and in Unicode normal form C.
    """
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
