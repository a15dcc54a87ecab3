"""What the user wants otherwise than the rules would have it: single files in, or out."""

from __future__ import annotations

from dataclasses import dataclass, fields

from bspsa_widgets.errors import InvalidInput


@dataclass(frozen=True)
class Choice:
    """Paths below the folder, with forward slashes; a folder's may end with one.

    Attributes:
        include: travel, although a rule leaves them out; for a link what it leads to. Of a
            folder that no rule leaves out: the files that links in it lead to.
        exclude: stay, although no rule says so; a folder stays with all that is in it.
        include_secrets: travel, although they look like a secret. Apart from `include`, so
            that nobody sends a key by a careless word.

    Raises:
        InvalidInput: of the field that is not a list of paths.
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
