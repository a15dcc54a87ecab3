"""The user's choice of single files as a trait: plain lists, and the folder that they are of.

The folder is in it so that a choice never counts for another one, whichever of the two
traits is set first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bspsa_widgets.domain.choice import LISTS, Choice
from bspsa_widgets.errors import InvalidInput

MOST_PATHS = 10_000  # in one list; a folder takes one entry, whatever is in it
_ALLOWED = "Give a list of paths below the folder, for example ['data/big.h5', 'old/']."

State = dict[str, Any]


def no_choice(folder: str = "") -> State:
    """As the trait holds it where the rules alone decide."""
    return {"folder": folder} | {name: [] for name in LISTS}


def chosen(folder: str, choice: Choice) -> State:
    """A choice as the trait holds it."""
    return {"folder": folder} | {name: list(getattr(choice, name)) for name in LISTS}


def checked(given: object) -> State:
    """The trait's value from what somebody has set it to.

    Args:
        given: a mapping; what is not in it is empty.

    Raises:
        InvalidInput: of the field that is not a list of paths; of `choice` for the whole.
    """
    if not isinstance(given, dict) or not isinstance(given.get("folder", ""), str):
        problem = f"{type(given).__name__} is not a choice of files."
        raise InvalidInput("choice", problem, allowed="Use choose(include=…, exclude=…).")
    return {"folder": given.get("folder", "")} | {
        name: paths(name, given.get(name, ())) for name in LISTS
    }


def paths(field: str, given: object) -> list[str]:
    """One list of paths, each once, in the order given.

    Raises:
        InvalidInput: of this field.
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
    """What counts for this folder: nothing, where the choice is another's."""
    if state.get("folder") != folder:
        return Choice()
    return Choice(**{name: tuple(state.get(name, ())) for name in LISTS})


def _is_text(path: str) -> bool:
    """What is not could not be sent to the view, nor written into a record."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
