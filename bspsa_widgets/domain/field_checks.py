"""Check single form fields: return the value to send, or raise an error that says what is wrong."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any

from bspsa_widgets.domain.marker import TITLE_ROOM
from bspsa_widgets.domain.systems import PIZDAINT, HpcSystem
from bspsa_widgets.errors import InvalidForm, InvalidInput

MOST_NODES = 100_000  # nodes, or cores per node: more than any machine has, so a typing error
MOST_HOURS = 100_000.0

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_SCRIPT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # tab and newline may stay
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PROJECT = re.compile(r"[a-z0-9_-]{1,100}")
_TOOL = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def check_fields(
    system: HpcSystem, given: Mapping[str, Any], title_room: int = TITLE_ROOM
) -> dict[str, Any]:
    """Return the checked values that are sent to a system.

    Args:
        system: the HPC system.
        given: value of each field, by name; a missing one counts as empty. Other keys are
            left out.
        title_room: characters that a title may have.

    Returns:
        The values, by field name, with `hpc` and `project`.

    Raises:
        InvalidForm: with all that is wrong, in the order of the form.
    """
    values: dict[str, Any] = {"hpc": system.id}
    errors: dict[str, str] = {}
    checks = {"project": _project} | {field.name: CHECKS[field.name] for field in system.fields}
    for name, check in checks.items():
        try:
            values[name] = check(given.get(name, ""))
            if name == "title":
                _check_length(values[name], title_room)
        except InvalidInput as error:
            errors |= error.errors
    if errors:
        raise InvalidForm(errors)
    return values


def _text(field: str, given: object, forbidden: re.Pattern[str]) -> str:
    if not isinstance(given, str):
        raise InvalidInput(field, f"{given!r:.60} is not text.", allowed="Write it as text.")
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
    text = _text("project", given, CONTROL)
    if text and not _PROJECT.fullmatch(text):
        raise InvalidInput(
            "project",
            f"{text!r:.60} cannot be a project's name.",
            allowed="Names have lower-case letters, digits, - and _; empty means the default.",
        )
    return text


def _command(given: object) -> str:
    if isinstance(given, str):
        given = given.replace("\r\n", "\n").replace("\r", "\n")
    text = _text("command", given, _CONTROL_IN_SCRIPT)
    if not text:
        example = PIZDAINT.field("command").example
        raise InvalidInput(
            "command", "There is no command.", allowed=f"Say what to run, for example: {example}"
        )
    return text


def _tool(given: object) -> str:
    text = _text("tool", given, CONTROL)
    if not _TOOL.fullmatch(text):
        raise InvalidInput(
            "tool",
            f"{text!r:.60} cannot be a tool." if text else "No tool is chosen.",
            allowed="Choose one from the list, for example PY_TG.",
        )
    return text


def _init_file(given: object) -> str:
    text = _text("init_file", given, CONTROL)
    parts = text.replace("\\", "/").split("/")
    if text and (text.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]):
        raise InvalidInput(
            "init_file",
            f"{text!r:.60} is outside the folder.",
            allowed="Name a file in the folder, relative to it.",
        )
    return posixpath.normpath(text.replace("\\", "/")) if text else ""


def _title(given: object) -> str:
    return _text("title", given, CONTROL)


def _check_length(title: str, room: int) -> None:
    if len(title) > room:
        raise InvalidInput(
            "title",
            f"The title has {len(title)} characters.",
            allowed=f"At most {room} are allowed.",
        )


def _count(field: str, what: str) -> Callable[[object], int]:
    def check(given: object) -> int:
        allowed = f"Give a whole number of {what} between 1 and {MOST_NODES}."
        number = _number(field, given, allowed)
        if number != int(number) or not 1 <= number <= MOST_NODES:
            raise InvalidInput(field, f"{given!s:.40} is not possible.", allowed=allowed)
        return int(number)

    return check


def _runtime(given: object) -> float:
    allowed = "Give hours above 0, with a point: 0.5 is half an hour."
    number = _number("runtime", given, allowed)
    if not 0 < number <= MOST_HOURS:
        raise InvalidInput("runtime", f"{given!s:.40} hours is not possible.", allowed=allowed)
    return number


def _number(field: str, given: object, allowed: str) -> float:
    """Return a finite number from a number or from typed text."""
    problem = InvalidInput(
        field,
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


def _shown(given: object) -> str:
    try:
        return f"{given!r:.40}"
    except ValueError:  # Python does not write out an integer of more than 4300 digits
        return "This"


CHECKS: dict[str, Callable[[object], object]] = {
    "command": _command,
    "tool": _tool,
    "init_file": _init_file,
    "title": _title,
    "node_number": _count("node_number", "nodes"),
    "core_number": _count("core_number", "cores per node"),
    "runtime": _runtime,
}
