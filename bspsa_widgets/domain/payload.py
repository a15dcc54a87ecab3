"""What a system is asked to run: from a form as typed to the Payload header's JSON.

`JobForm` is what the user typed, right or wrong; `JobRequest` is what may be sent.
`check_form` is the only way from the one to the other.
"""

from __future__ import annotations

import json
import math
import posixpath
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from bspsa_widgets.domain.marker import TITLE_ROOM, marked
from bspsa_widgets.domain.shell_quotes import filled
from bspsa_widgets.domain.systems import PIZDAINT, HpcSystem, find_system
from bspsa_widgets.errors import InvalidForm, InvalidInput

PAYLOAD_BYTES = 1500  # web servers cap the whole request head, token included, at 4-8 KiB
MOST_NODES = 100_000  # nodes, or cores per node: beyond any machine, so a slip of the finger
MOST_HOURS = 100_000.0

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_SCRIPT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # tab and newline may stay
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PROJECT = re.compile(r"[a-z0-9_-]{1,100}")
_TOOL = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class JobForm(BaseModel):
    """A form as the user left it; any value may be wrong.

    Attributes:
        hpc: system id. project: project name, empty for the service's default.
        command: shell lines for Piz Daint. tool: NSG's program. init_file: NSG's main
        file, relative to the folder. node_number: nodes. core_number: cores per node.
        runtime: hours. title: up to 78 characters. None stands for the system's default; a
        command has none.
    """

    model_config = ConfigDict(frozen=True)

    hpc: Any = "pizdaint"
    project: Any = ""
    command: Any = None
    tool: Any = None
    init_file: Any = None
    node_number: Any = None
    core_number: Any = None
    runtime: Any = None
    title: Any = ""


class JobRequest(BaseModel):
    """A checked form: what will be asked of the system.

    Attributes:
        hpc: system id. project: project name, or "" for the service's default.
        command: Piz Daint's shell lines, placeholders still in. tool, init_file: NSG's.
        node_number: nodes ≥ 1. core_number: cores per node ≥ 1. runtime: hours > 0.
        title: trimmed, at most 78 characters: the marker takes the rest.
        marker: of the submission; "" for none (then the title is sent as it is).
    """

    model_config = ConfigDict(frozen=True)

    hpc: str
    project: str = ""
    command: str = ""
    tool: str = ""
    init_file: str = ""
    node_number: int
    core_number: int
    runtime: float
    title: str = ""
    marker: str = ""

    def for_archive(self, archive: str, folder: str, marker: str = "") -> JobRequest:
        """The request with the archive's and folder's names filled in.

        Args:
            archive: file name of the zip as it will lie in the job's directory.
            folder: name of the one top-level folder in it; also the title where none is given.
            marker: by which the job will be found again.

        Raises:
            InvalidInput: where the names have made it too long for the header.
        """
        command = filled(self.command, {"archive": archive, "folder": folder})
        title = self.title or _CONTROL.sub(" ", folder)[:TITLE_ROOM].strip()
        update = {"command": command, "title": title, "marker": marker}
        request = self.model_copy(update=update)
        request.header()
        return request

    def payload(self) -> dict[str, str]:
        """The Payload's keys for this system, every value a string (source: seed)."""
        if self.hpc == "nsg":
            head = {"tool": self.tool}
            if self.init_file:
                head["init_file"] = self.init_file
        else:
            head = {"command": self.command}
        return head | {
            "node_number": str(self.node_number),
            "core_number": str(self.core_number),
            "runtime": _plain(self.runtime),
            "title": marked(self.title, self.marker) if self.marker else self.title,
        }

    def header(self) -> str:
        """The Payload header: one line of ASCII JSON.

        Raises:
            InvalidInput: where it is longer than 1500 bytes, of the field that takes most.
        """
        text = json.dumps(self.payload(), ensure_ascii=True)
        if len(text) > PAYLOAD_BYTES:
            raise self._too_long(len(text))
        return text

    def _too_long(self, size: int) -> InvalidInput:
        """Told at the value that takes most; signs beyond ASCII take six bytes each."""
        sizes = {name: len(json.dumps(value)) for name, value in self.payload().items()}
        field = max(sizes, key=lambda name: sizes[name])
        allowed = "Make it shorter."
        if field == "command":
            allowed = "Move the command into a script in the folder, and start that script."
        problem = f"The settings take {size} bytes; at most {PAYLOAD_BYTES} can be sent."
        return InvalidInput(field, problem, allowed=allowed)


class Advice(BaseModel):
    """A warning at a field that the user can overrule, and where it is known from."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str
    source: str


class Checked(NamedTuple):
    """What became of a form: the request, and the warnings that go with it."""

    request: JobRequest
    warnings: tuple[Advice, ...]


def check_form(form: JobForm) -> Checked:
    """Check every field.

    Raises:
        InvalidInput: where one field is wrong (`hpc` first: it decides which others count).
        InvalidForm: where several are; its `errors` has all of them in the form's order.
    """
    system = find_system(form.hpc)
    values: dict[str, Any] = {"hpc": system.id}
    errors: dict[str, str] = {}
    checks: dict[str, Callable[[object], object]] = {"project": _project} | {
        field.name: _CHECKS[field.name] for field in system.fields
    }
    for name, check in checks.items():
        given = getattr(form, name)
        if given is None:
            given = "" if name == "project" else system.field(name).default
        try:
            values[name] = check(given)
        except InvalidInput as error:
            errors |= error.errors
    if errors:
        raise InvalidForm(errors)
    request = JobRequest(**values)
    request.header()
    return Checked(request, tuple(_warnings(system, request)))


def _warnings(system: HpcSystem, request: JobRequest) -> list[Advice]:
    found = [
        Advice(field=field.name, message=limit.reason, source=limit.source)
        for field in system.fields
        for limit in field.limits
        if limit.broken_by(getattr(request, field.name))
    ]
    if system.tools and request.tool not in {tool.id for tool in system.tools}:
        found.append(
            Advice(
                field="tool",
                message=f"{request.tool} is not in the list of known tools; NSG may refuse it.",
                source="the service's public source (January 2022)",
            )
        )
    return found


def _text(field: str, given: object, forbidden: re.Pattern[str]) -> str:
    if not isinstance(given, str):
        raise InvalidInput(field, f"{given!r:.60} is not text.", allowed="Write it as text.")
    if _SURROGATE.search(given):
        raise InvalidInput(field, "It holds half a character.", allowed="Type it again.")
    found = forbidden.search(given)
    if found:
        raise InvalidInput(
            field,
            f"It holds a control character ({found.group()!r}) at position {found.start() + 1}.",
            allowed="Remove it.",
        )
    return given.strip()


def _project(given: object) -> str:
    text = _text("project", given, _CONTROL)
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
    text = _text("tool", given, _CONTROL)
    if not _TOOL.fullmatch(text):
        raise InvalidInput(
            "tool",
            f"{text!r:.60} cannot be a tool." if text else "No tool is chosen.",
            allowed="Choose one from the list, for example PY_TG.",
        )
    return text


def _init_file(given: object) -> str:
    text = _text("init_file", given, _CONTROL)
    parts = text.replace("\\", "/").split("/")
    if text and (text.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]):
        raise InvalidInput(
            "init_file",
            f"{text!r:.60} is outside the folder.",
            allowed="Name a file in the folder, relative to it.",
        )
    return posixpath.normpath(text.replace("\\", "/")) if text else ""


def _title(given: object) -> str:
    text = _text("title", given, _CONTROL)
    if len(text) > TITLE_ROOM:
        raise InvalidInput(
            "title",
            f"The title has {len(text)} characters.",
            allowed=f"At most {TITLE_ROOM} are allowed.",
        )
    return text


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
    """A finite number from a number or from what was typed."""
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


def _plain(hours: float) -> str:
    """2.0 → "2.0"; never with an exponent, which the service's systems may not read."""
    return format(Decimal(repr(float(hours))), "f")


_CHECKS: dict[str, Callable[[object], object]] = {
    "command": _command,
    "tool": _tool,
    "init_file": _init_file,
    "title": _title,
    "node_number": _count("node_number", "nodes"),
    "core_number": _count("core_number", "cores per node"),
    "runtime": _runtime,
}
