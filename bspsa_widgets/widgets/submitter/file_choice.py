"""The user's included and excluded paths as a trait, with the folder that they belong to.

The trait contains the folder, so that a choice never applies to another one, whichever trait is set
first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bspsa_widgets.domain.choice import LISTS, Choice
from bspsa_widgets.errors import InvalidInput

MOST_PATHS = 10_000  # in one list; a whole folder is one entry
_ALLOWED = "Give a list of paths below the folder, for example ['data/big.h5', 'old/']."

State = dict[str, Any]


def no_choice(folder: str = "") -> State:
    """Return the trait's value without included or excluded paths.

    Args:
        folder: the folder.

    Returns:
        the value.
    """
    return {"folder": folder} | {name: [] for name in LISTS}


def chosen(folder: str, choice: Choice) -> State:
    """Return a choice as the trait's value.

    Args:
        folder: the folder.
        choice: the choice.

    Returns:
        the value.
    """
    return {"folder": folder} | {name: list(getattr(choice, name)) for name in LISTS}


def checked(given: object) -> State:
    """Return the trait's value from what it was set to.

    Args:
        given: a mapping; missing lists are empty.

    Returns:
        the value.

    Raises:
        InvalidInput: (the list's field, or `choice` for the whole) it is not a list of paths.
    """
    if not isinstance(given, dict) or not isinstance(given.get("folder", ""), str):
        problem = f"{type(given).__name__} is not a choice of files."
        raise InvalidInput("choice", problem, allowed="Use choose(include=…, exclude=…).")
    return {"folder": given.get("folder", "")} | {
        name: paths(name, given.get(name, ())) for name in LISTS
    }


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


def choice_of(state: State, folder: str) -> Choice:
    """Return the choice for a folder.

    Args:
        state: the trait's value.
        folder: the folder.

    Returns:
        the choice; empty if it belongs to another folder.
    """
    if state.get("folder") != folder:
        return Choice()
    return Choice(**{name: tuple(state.get(name, ())) for name in LISTS})


def _is_text(path: str) -> bool:
    """Return whether a path is valid Unicode; others cannot be sent or recorded."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
