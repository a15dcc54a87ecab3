"""What a system is asked to run: from a form as typed to the Payload header's JSON.

`JobForm` is what the user typed, right or wrong; `JobRequest` is what may be sent.
`check_form` is the only way from the one to the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, model_validator

from bspsa_widgets.domain.field_checks import CONTROL, check_fields
from bspsa_widgets.domain.marker import MARKER, TITLE_ROOM, marked
from bspsa_widgets.domain.shell_quotes import filled
from bspsa_widgets.domain.systems import TITLE_LENGTH, Field, HpcSystem, find_system
from bspsa_widgets.errors import InvalidInput

PAYLOAD_BYTES = 1500  # web servers cap the whole request head, token included, at 4-8 KiB


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

    What the service is known to lose, or to charge for and not run, is refused here.

    Attributes:
        hpc: system id. project: project name, or "" for the service's default.
        command: Piz Daint's shell lines, placeholders still in. tool, init_file: NSG's.
        node_number: nodes ≥ 1. core_number: cores per node ≥ 1. runtime: hours > 0.
        title: trimmed, at most 78 characters where a marker takes the rest, else 100.
        marker: of the submission; "" for none (then the title is sent as it is).

    Raises:
        InvalidInput: a value cannot be sent, or is missing.
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

    @model_validator(mode="before")
    @classmethod
    def _check(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        system = find_system(given.get("hpc"))
        marker = given.get("marker", "")
        if marker != "" and not (isinstance(marker, str) and MARKER.fullmatch(marker)):
            raise InvalidInput("marker", f"{marker!r:.60} is no marker.", allowed="Leave it out.")
        return {**given} | check_fields(system, given, TITLE_ROOM if marker else TITLE_LENGTH)

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
        title = self.title or CONTROL.sub(" ", folder)[:TITLE_ROOM].strip()
        update = {"command": command, "title": title, "marker": marker}
        request = JobRequest(**self.model_dump() | update)
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
    given = {"project": form.project} | {f.name: _or_default(form, f) for f in system.fields}
    values = check_fields(system, given)
    request = JobRequest(**values)
    request.header()
    return Checked(request, tuple(_warnings(system, request)))


def _or_default(form: JobForm, field: Field) -> object:
    given = getattr(form, field.name)
    return field.default if given is None else given


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


def _plain(hours: float) -> str:
    """2.0 → "2.0"; never with an exponent, which the service's systems may not read."""
    return format(Decimal(repr(float(hours))), "f")
