"""The user's own choice of files, which overrides the rules: single files included or excluded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from bspsa_widgets.errors import InvalidInput

MOST_PATHS = 10_000  # in one list; a whole folder is one entry
_ALLOWED = "Give a list of paths below the folder, for example ['data/big.h5', 'old/']."


@dataclass(frozen=True)
class Choice:
    """Paths below the folder, with forward slashes; the path of a folder may end with a slash.

    Attributes:
        include: included although a rule excludes them; for a link, the file it leads to. For a
            folder that no rule excludes: the files that the links in it lead to.
        exclude: excluded although no rule says so; a folder is excluded with all its content.
        include_secrets: included although they look like a secret. Separate from `include`, so
            that nobody sends a key by accident.

    Raises:
        InvalidInput: of the field that is not a list of paths.

    Example:
        >>> Choice(include=["results/"], exclude=["notes.txt"]).exclude
        ('notes.txt',)
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_secrets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in LISTS:
            object.__setattr__(self, name, _paths(name, getattr(self, name)))


LISTS = tuple(field.name for field in fields(Choice))


def paths(field: str, given: object) -> list[str]:
    """Return a list of paths without duplicates, in the order given.

    Args:
        field: name of the list.
        given: the list.

    Returns:
        the paths.

    Raises:
        InvalidInput: (this field) it is not a list of paths, or too long.
    """
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InvalidInput(field, f"{given!r:.60} is not a list of paths.", allowed=_ALLOWED)
    found: dict[str, None] = {}
    for path in given:
        if not isinstance(path, str) or not _is_text(path):
            raise InvalidInput(field, f"{path!r:.60} is not a path.", allowed=_ALLOWED)
        found[path] = None
        if len(found) > MOST_PATHS:
            raise InvalidInput(
                field,
                f"It holds more than {MOST_PATHS} paths.",
                allowed="Name their folders instead.",
            )
    return list(found)


def _paths(field: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(path, str) for path in given):
        raise InvalidInput(
            field,
            f"{given!r:.60} is not a list of paths.",
            allowed='Give a list, for example ["results/", "notes.txt"].',
        )
    return tuple(given)


def _is_text(path: str) -> bool:
    """Return whether a path is valid Unicode; others cannot be sent or recorded."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
