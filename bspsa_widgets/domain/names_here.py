"""What the files of a job are called here: each another name, on any file system."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Mapping

from bspsa_widgets.domain.filenames import MOST_BYTES, safe_name
from bspsa_widgets.domain.jobs import JobFile

_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz")


def names_here(files: Collection[JobFile], earlier: Mapping[str, str]) -> dict[str, str]:
    """The name here of each file, by its key.

    Where two would be one file on some system (`A` and `a`, or two ways to write `é`), one
    keeps the plain name and the other gets a suffix made of its own name: so it is called
    the same whatever else is listed, and in whichever order.

    Args:
        files: all that the job has, not only what is wanted.
        earlier: name here → name, of what was fetched before: it stays.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    sticky: dict[str, list[str]] = {}
    for here, name in earlier.items():
        if here == safe_name(here) and folded(here) not in taken:
            taken.add(folded(here))
            sticky.setdefault(name, []).append(here)
    # The same order however they are listed; a name that may stay as it is goes first.
    for file in sorted(files, key=lambda file: (safe_name(file.name) != file.name, file.name)):
        known = sticky.get(file.name)
        found[file.key] = known.pop(0) if known else _free(file.name, taken)
        taken.add(folded(found[file.key]))
    return found


def folded(name: str) -> str:
    """What two names have in common that are one on some file system."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def another(name: str, attempt: int = 0) -> str:
    """A safe name for one whose plain one is taken: its suffix is made of the whole name."""
    data = f"{name}\0{attempt}".encode("utf-8", "replace")
    return _suffixed(safe_name(name.rpartition("/")[2]), hashlib.sha256(data).hexdigest()[:6])


def _free(name: str, taken: Collection[str]) -> str:
    here, attempt = safe_name(name), 0
    while folded(here) in taken:
        here = another(name, attempt)
        attempt += 1
    return here


def _suffixed(name: str, suffix: str) -> str:
    """`rates.csv`, `1f9a3c` → `rates-1f9a3c.csv`."""
    ending = next((end for end in _ENDINGS if name.lower().endswith(end)), "")
    stem = name[: len(name) - len(ending)]
    if not ending:
        head, dot, tail = name.rpartition(".")
        stem, ending = (head, dot + tail) if head and len(tail) <= 10 else (name, "")
    while len(f"{stem}-{suffix}{ending}".encode()) > MOST_BYTES:
        stem = stem[:-1]
    return safe_name(f"{stem}-{suffix}{ending}")
