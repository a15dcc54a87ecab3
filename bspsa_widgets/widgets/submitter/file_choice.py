"""The user's included and excluded paths as a trait, with the folder that they belong to.

The trait contains the folder, so that a choice never applies to another one, whichever trait is set
first.
"""

from __future__ import annotations

from typing import Any

from bspsa_widgets.domain.choice import LISTS, Choice, paths
from bspsa_widgets.errors import InvalidInput

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
