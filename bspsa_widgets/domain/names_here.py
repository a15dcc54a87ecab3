"""Local names of a job's files: all different, on any file system."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Mapping

from bspsa_widgets.domain.filenames import MOST_BYTES, safe_name
from bspsa_widgets.domain.jobs import JobFile

_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz")


def names_here(files: Collection[JobFile], earlier: Mapping[str, str]) -> dict[str, str]:
    """Return the local name of each file, by its key.

    If two names would be the same file on some system (`A` and `a`, or two ways to write `é`),
    one keeps the plain name and the other gets a suffix made from its own name. So a name does
    not depend on the other listed files or on their order.

    Args:
        files: all files of the job, not only the wanted ones.
        earlier: local name → name, of files fetched before: these are kept.

    Returns:
        Local name of each file, by key.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    sticky: dict[str, list[str]] = {}
    for here, name in earlier.items():
        if here == safe_name(here) and folded(here) not in taken:
            taken.add(folded(here))
            sticky.setdefault(name, []).append(here)
    # The same order, however they are listed; names that are safe already come first.
    for file in sorted(files, key=lambda file: (safe_name(file.name) != file.name, file.name)):
        known = sticky.get(file.name)
        found[file.key] = known.pop(0) if known else _free(file.name, taken)
        taken.add(folded(found[file.key]))
    return found


def folded(name: str) -> str:
    """Return the form of a name that is equal for names which are one file on some system.

    Args:
        name: a file name.

    Returns:
        The folded name, for comparison only.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def another(name: str, attempt: int = 0) -> str:
    """Return a safe name with a suffix made from the whole name, for a name that is taken.

    Args:
        name: name as the server gave it.
        attempt: number of suffixes tried before.

    Returns:
        The safe name.
    """
    data = f"{name}\0{attempt}".encode("utf-8", "replace")
    return _suffixed(safe_name(name.rpartition("/")[2]), hashlib.sha256(data).hexdigest()[:6])


def _free(name: str, taken: Collection[str]) -> str:
    here, attempt = safe_name(name), 0
    while folded(here) in taken:
        here = another(name, attempt)
        attempt += 1
    return here


def _suffixed(name: str, suffix: str) -> str:
    """Insert a suffix: `rates.csv`, `1f9a3c` → `rates-1f9a3c.csv`."""
    ending = next((end for end in _ENDINGS if name.lower().endswith(end)), "")
    stem = name[: len(name) - len(ending)]
    if not ending:
        head, dot, tail = name.rpartition(".")
        stem, ending = (head, dot + tail) if head and len(tail) <= 10 else (name, "")
    while len(f"{stem}-{suffix}{ending}".encode()) > MOST_BYTES:
        stem = stem[:-1]
    return safe_name(f"{stem}-{suffix}{ending}")
