"""What is to be known of a folder before it is sent, however the form is filled in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bspsa_widgets.packaging.entries import LeftOut, Member
from bspsa_widgets.packaging.exclusions import IN_CLOUD
from bspsa_widgets.packaging.file_heads import heads
from bspsa_widgets.packaging.links import MISSED, NOT_FETCHED
from bspsa_widgets.packaging.selection import Selection

MOST_SCRIPTS = 100  # whose beginning is read, and so many that may be pointers
MOST_POINTERS = 200
MOST_OF_A_KIND = 20  # pointers of one suffix: they are fetched together

_SHELL = (".sh", ".bash", ".csh", ".tcsh", ".ksh", ".zsh")
_STARTED = (".py", ".hoc", *_SHELL)
# Bytes of what stands for a file: Git LFS and git-annex write these.
_POINTER_SIZES = range(40, 250)
_LFS = b"version https://git-lfs.github.com/spec/v1\n"
_ANNEX = b"/annex/objects/"
_CONFLICT = re.compile(r"\([^()]*conflicted copy[^()]*\)|\.sync-conflict-\d|_conflict-\d")


class Facts(NamedTuple):
    """What is to be known of a selection.

    Attributes:
        paths: of all that travels. size: bytes.
        clashes: pairs of paths that some systems take for the same.
        startable: Python and hoc files, those at the top first. notebooks: the same.
        mod_files: NEURON's mechanisms.
        links: left out, though the job may need what they lead to.
        in_cloud: what only stands for a file that is in a cloud, and is left out.
        conflicts: copies that a cloud drive made where two changed a file.
        begun: what the beginnings of some files tell.
    """

    paths: frozenset[str]
    size: int
    clashes: tuple[tuple[str, str], ...]
    startable: tuple[str, ...]
    notebooks: tuple[str, ...]
    mod_files: tuple[str, ...]
    links: tuple[LeftOut, ...]
    in_cloud: tuple[str, ...]
    conflicts: tuple[str, ...]
    begun: Beginnings


class Beginnings(NamedTuple):
    """What the first bytes of files tell; of a few files only.

    Attributes:
        lfs, annex: files that are pointers to data that was not fetched.
        windows: shell scripts with Windows line ends. windows_first: files whose first line,
            which names their program, ends so.
        compiling: files that call nrnivmodl themselves.
    """

    lfs: tuple[str, ...] = ()
    annex: tuple[str, ...] = ()
    windows: frozenset[str] = frozenset()
    windows_first: frozenset[str] = frozenset()
    compiling: frozenset[str] = frozenset()


def facts(selection: Selection) -> Facts:
    """Look through the names, and into a few small files. Blocks: for a worker thread."""
    paths = [member.path for member in selection.members]
    left_out = selection.left_out
    return Facts(
        frozenset(paths),
        selection.size,
        tuple(_clashes(paths)),
        _top_first(path for path in paths if path.endswith((".py", ".hoc"))),
        _top_first(path for path in paths if path.endswith(".ipynb")),
        tuple(path for path in paths if path.endswith(".mod")),
        tuple(one for one in left_out if one.reason in MISSED and _is_missed(one)),
        tuple(_in_cloud(one.path) for one in left_out if one.reason == IN_CLOUD),
        tuple(path for path in paths if _CONFLICT.search(path)),
        _beginnings(selection),
    )


def _in_cloud(path: str) -> str:
    """What a placeholder stands for: `a/.b.csv.icloud` is `a/b.csv`."""
    above, slash, name = path.rpartition("/")
    return above + slash + name.removeprefix(".").removesuffix(".icloud")


def _is_missed(link: LeftOut) -> bool:
    """Not one to a secret, which is meant to stay."""
    return link.may == "yes" or link.reason == NOT_FETCHED


def _top_first(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=lambda path: (path.count("/"), path)))


def _beginnings(selection: Selection) -> Beginnings:
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
    return Beginnings(
        tuple(lfs),
        tuple(annex),
        frozenset(windows),
        frozenset(windows_first),
        frozenset(compiling),
    )


def _is_script(path: str, head: bytes) -> bool:
    return path.endswith(_SHELL) or head.startswith(b"#!")


def _worth_a_look(members: Iterable[Member]) -> list[Member]:
    """Scripts, those at the top first; and what is as small as a pointer."""
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
    """By case, or by how an accent is written."""
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(alike(path), path)
        if other is not path:
            yield other, path


def alike(path: str) -> str:
    """What two paths have in common that are one on some systems."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
