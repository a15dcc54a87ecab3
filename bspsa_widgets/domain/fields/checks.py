"""Check single form fields: return the value to send, or raise an error that says what is wrong."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bspsa_widgets.domain.fields.declaration import Field, FieldKind, Value
from bspsa_widgets.domain.marker import TITLE_ROOM
from bspsa_widgets.domain.systems import HpcSystem
from bspsa_widgets.errors import InvalidForm, InvalidInput

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_SCRIPT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # tab and newline may stay
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PROJECT = re.compile(r"[a-z0-9_-]{1,100}")
_TYPED_CHOICE = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def check_fields(
    system: HpcSystem, given: Mapping[str, Any], title_room: int = TITLE_ROOM
) -> dict[str, Any]:
    """Return the checked values that are sent to a system.

    Args:
        system: the HPC system.
        given: value of each field, by name, or in the mapping at `options`; a missing one counts
            as empty. Other keys are left out.
        title_room: characters that a title may have.

    Returns:
        The values by field name, with `hpc` and `project`; those of the system's own fields are
        in `options`.

    Raises:
        InvalidForm: with all that is wrong, in the order of the form.
    """
    errors: dict[str, str] = {}

    def checked(check: Callable[[Any], Any], value: object) -> Any:
        try:
            return check(value)
        except InvalidInput as error:
            errors.update(error.errors)

    project = checked(_project, given.get("project", ""))
    options = given.get("options", {})
    checked(partial(_check_names, system), options)
    values: dict[str, Any] = {"hpc": system.id, "project": project, "options": {}}
    for field in system.fields_for(given.get("tool")):
        is_own = field in system.options
        place, source = (values["options"], options) if is_own else (values, given)
        if isinstance(source, Mapping):
            place[field.name] = checked(_check_of(field, title_room), source.get(field.name, ""))
    if errors:
        raise InvalidForm(errors)
    return values


def _check_of(field: Field, title_room: int) -> Callable[[object], Value]:
    def check(given: object) -> Value:
        if field.is_number and field.is_optional and given == "":
            return ""
        value = _CHECKS[field.kind](field, given)
        if field.name == "title":
            _check_length(str(value), title_room)
        return value

    return check


def _check_names(system: HpcSystem, given: object) -> None:
    known = [field.name for field in system.options]
    allowed = f"{system.short_name} has {', '.join(known)}." if known else "Leave it out."
    if not isinstance(given, Mapping):
        raise InvalidInput(
            "options",
            f"{_shown(given)} is no dictionary of names and values.",
            allowed=allowed,
        )
    unknown = ", ".join(f"{name!r:.60}" for name in given if name not in known)
    if unknown:
        raise InvalidInput("options", f"{system.label} has no option {unknown}.", allowed=allowed)


def _text(field: str, given: object, forbidden: re.Pattern[str] = CONTROL) -> str:
    if not isinstance(given, str):
        raise InvalidInput(field, f"{_shown(given)} is not text.", allowed="Write it as text.")
    if _SURROGATE.search(given):
        raise InvalidInput(
            field,
            "It contains an invalid character (half of an emoji?).",
            allowed="Delete it and type it again.",
        )
    found = forbidden.search(given)
    if found:
        raise InvalidInput(
            field,
            f"It holds a control character ({found.group()!r}) at position {found.start() + 1}.",
            allowed="Remove it.",
        )
    return given.strip()


def _project(given: object) -> str:
    text = _text("project", given)
    if text and not _PROJECT.fullmatch(text):
        raise InvalidInput(
            "project",
            f"{text!r:.60} cannot be a project's name.",
            allowed="Names have lower-case letters, digits, - and _; empty means the default.",
        )
    return text


def _line(field: Field, given: object) -> str:
    return _needed(field, _text(field.name, given), "Write it")


def _script(field: Field, given: object) -> str:
    if isinstance(given, str):
        given = given.replace("\r\n", "\n").replace("\r", "\n")
    return _needed(field, _text(field.name, given, _CONTROL_IN_SCRIPT), "Say what to run")


def _needed(field: Field, text: str, what_to_do: str) -> str:
    if not text and not field.is_optional:
        example = f", for example: {field.example}" if field.example else "."
        raise InvalidInput(
            field.name, f"There is no {field.noun}.", allowed=f"{what_to_do}{example}"
        )
    return text


def _path(field: Field, given: object) -> str:
    text = _needed(field, _text(field.name, given), "Name it")
    path = text.replace("\\", "/")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or ":" in parts[0]:
        raise InvalidInput(
            field.name,
            f"{text!r:.60} is outside the folder.",
            allowed="Name a file in the folder, relative to it.",
        )
    return posixpath.normpath(path) if path else ""


def _choice(field: Field, given: object) -> str:
    text = _text(field.name, given)
    known = [choice.id for choice in field.choices]
    is_empty = not text and field.is_optional
    if is_empty or text in known or (field.is_open and _TYPED_CHOICE.fullmatch(text)):
        return text
    allowed = f"Use one of {', '.join(known)}."
    if field.is_open:
        allowed = f"Choose one from the list, for example {field.default or known[0]}."
    raise InvalidInput(
        field.name,
        f"{text!r:.60} cannot be a {field.noun}." if text else f"No {field.noun} is chosen.",
        allowed=allowed,
    )


def _integer(field: Field, given: object) -> int:
    what = field.unit or field.noun
    allowed = f"Give a whole number of {what} between {field.minimum} and {field.maximum}."
    number = _finite(field, given, allowed)
    if number != int(number) or not field.minimum <= number <= field.maximum:
        raise _impossible(field, given, allowed)
    return int(number)


def _number(field: Field, given: object) -> float:
    allowed = (
        f"Give {field.unit or 'a number'} above {field.minimum}, at most {field.maximum}, with a "
        "point, as in 0.5."
    )
    number = _finite(field, given, allowed)
    if not field.minimum < number <= field.maximum:
        raise _impossible(field, given, allowed)
    return number


def _boolean(field: Field, given: object) -> bool:
    if not isinstance(given, bool):
        raise InvalidInput(
            field.name,
            f"{_shown(given)} is neither True nor False.",
            allowed="Give True or False.",
        )
    return given


def _check_length(title: str, room: int) -> None:
    if len(title) > room:
        raise InvalidInput(
            "title",
            f"The title has {len(title)} characters.",
            allowed=f"At most {room} are allowed.",
        )


def _finite(field: Field, given: object, allowed: str) -> float:
    """Return a finite number from a number or from typed text."""
    problem = InvalidInput(
        field.name,
        f"{_shown(given)} is not a number." if given != "" else "It is empty.",
        allowed=allowed,
    )
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise problem
    if isinstance(given, str) and not given.strip().isascii():
        raise problem
    try:
        number = float(given)
    except (ValueError, OverflowError):
        raise problem from None
    if not math.isfinite(number) or (isinstance(given, str) and "_" in given):
        raise problem
    return number


def _impossible(field: Field, given: object, allowed: str) -> InvalidInput:
    unit = f" {field.unit}" if field.unit else ""
    return InvalidInput(field.name, f"{given!s:.40}{unit} is not possible.", allowed=allowed)


def _shown(given: object) -> str:
    try:
        return f"{given!r:.40}"
    except ValueError:  # Python does not write out an integer of more than 4300 digits
        return "This"


_CHECKS: dict[FieldKind, Callable[[Field, object], Value]] = {
    "text": _line,
    "path": _path,
    "script": _script,
    "choice": _choice,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
