"""The user's own choice of files, which overrides the rules: single files included or excluded."""

from __future__ import annotations

from dataclasses import dataclass, fields

from bspsa_widgets.errors import InvalidInput


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


def _paths(field: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(path, str) for path in given):
        raise InvalidInput(
            field,
            f"{given!r:.60} is not a list of paths.",
            allowed='Give a list, for example ["results/", "notes.txt"].',
        )
    return tuple(given)
