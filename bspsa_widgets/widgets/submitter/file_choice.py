"""The user's included and excluded paths as a trait, with the folder that they belong to.

The trait contains the folder, so that a choice never applies to another one, whichever trait is set
first.
"""

from __future__ import annotations

from bspsa_widgets.domain.choice import Choice, paths
from bspsa_widgets.errors import InvalidInput
from bspsa_widgets.widgets.submitter import contract


def no_choice(folder: str = "") -> contract.FileChoice:
    """Return the trait's value without included or excluded paths.

    Args:
        folder: the folder.

    Returns:
        the value.
    """
    return {"folder": folder, "include": [], "exclude": [], "include_secrets": []}


def chosen(folder: str, choice: Choice) -> contract.FileChoice:
    """Return a choice as the trait's value.

    Args:
        folder: the folder.
        choice: the choice.

    Returns:
        the value.
    """
    return {
        "folder": folder,
        "include": list(choice.include),
        "exclude": list(choice.exclude),
        "include_secrets": list(choice.include_secrets),
    }


def checked(given: object) -> contract.FileChoice:
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
    return {
        "folder": given.get("folder", ""),
        "include": paths("include", given.get("include", ())),
        "exclude": paths("exclude", given.get("exclude", ())),
        "include_secrets": paths("include_secrets", given.get("include_secrets", ())),
    }


def choice_of(state: contract.FileChoice, folder: str) -> Choice:
    """Return the choice for a folder.

    Args:
        state: the trait's value.
        folder: the folder.

    Returns:
        the choice; empty if it belongs to another folder.
    """
    if state.get("folder") != folder:
        return Choice()
    return Choice(
        include=tuple(state.get("include", ())),
        exclude=tuple(state.get("exclude", ())),
        include_secrets=tuple(state.get("include_secrets", ())),
    )
