"""The request for a job: from the form as typed to the JSON of the Payload header.

`JobForm` holds what the user typed, valid or not; `JobRequest` holds what may be sent.
`check_form` is the only way from the first to the second.
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
    """A form as the user left it; any value may be invalid. None stands for the system's default.

    Attributes:
        hpc: system id.
        project: project name; empty for the service's default.
        command: shell lines for Piz Daint; has no default.
        tool: NSG's program.
        init_file: NSG's main file, relative to the folder.
        node_number: nodes.
        core_number: cores per node.
        runtime: hours.
        title: up to 78 characters.

    Example:
        >>> request, warnings = check_form(JobForm(hpc="nsg", runtime=2))
        >>> request.tool, request.runtime, warnings
        ('PY_TG', 2.0, ())
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
    """A checked form: the values that are sent to the system.

    Values that the service is known to lose, or to charge for without running, are refused.

    Attributes:
        hpc: system id.
        project: project name, or "" for the service's default.
        command: shell lines for Piz Daint, placeholders not yet replaced.
        tool: NSG's program.
        init_file: NSG's main file.
        node_number: nodes ≥ 1.
        core_number: cores per node ≥ 1.
        runtime: hours > 0.
        title: trimmed, at most 78 characters if there is a marker, else 100.
        marker: marker of the submission; "" for none (then the title is sent as it is).

    Raises:
        InvalidInput: if a value cannot be sent, or is missing.

    Example:
        >>> JobRequest(hpc="nsg", tool="PY_TG", node_number=1, core_number=2, runtime=0.5).header()
        '{"tool": "PY_TG", "node_number": "1", "core_number": "2", "runtime": "0.5", "title": ""}'
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
        """Return the request with the names of archive and folder filled in.

        Args:
            archive: file name of the zip in the job's directory.
            folder: name of the one top-level folder in it; also the title if none is given.
            marker: marker by which the job can be found again.

        Returns:
            The complete request.

        Raises:
            InvalidInput: if it is too long for the header with these names.
        """
        command = filled(self.command, {"archive": archive, "folder": folder})
        title = self.title or CONTROL.sub(" ", folder)[:TITLE_ROOM].strip()
        update = {"command": command, "title": title, "marker": marker}
        request = JobRequest(**self.model_dump() | update)
        request.header()
        return request

    def payload(self) -> dict[str, str]:
        """Return the keys of the Payload header for this system (source: the API document).

        Returns:
            The values, all as strings, by key.
        """
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
        """Return the Payload header.

        Returns:
            One line of ASCII JSON, at most 1500 bytes.

        Raises:
            InvalidInput: of the longest field, if the header is longer than 1500 bytes.
        """
        text = json.dumps(self.payload(), ensure_ascii=True)
        if len(text) > PAYLOAD_BYTES:
            raise self._too_long(len(text))
        return text

    def _too_long(self, size: int) -> InvalidInput:
        """Return the error for the field that takes most; a non-ASCII character takes six bytes."""
        sizes = {name: len(json.dumps(value)) for name, value in self.payload().items()}
        field = max(sizes, key=lambda name: sizes[name])
        allowed = "Make it shorter."
        if field == "command":
            allowed = "Move the command into a script in the folder, and start that script."
        problem = f"The settings take {size} bytes; at most {PAYLOAD_BYTES} can be sent."
        return InvalidInput(field, problem, allowed=allowed)


class Advice(BaseModel):
    """A warning about a field, which the user can override.

    Attributes:
        field: name of the field.
        message: what may happen, in a sentence.
        source: where the limit is known from.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    message: str
    source: str


class CheckedForm(NamedTuple):
    """The result of checking a form.

    Attributes:
        request: the checked values.
        warnings: warnings to show with it.
    """

    request: JobRequest
    warnings: tuple[Advice, ...]


def check_form(form: JobForm) -> CheckedForm:
    """Check every field of a form.

    Args:
        form: the form as typed.

    Returns:
        The request, and warnings.

    Raises:
        InvalidInput: if one field is wrong (`hpc` first: it decides which others count).
        InvalidForm: if several are; its `errors` has all of them in the order of the form.
    """
    system = find_system(form.hpc)
    given = {"project": form.project} | {f.name: _or_default(form, f) for f in system.fields}
    values = check_fields(system, given)
    request = JobRequest(**values)
    request.header()
    return CheckedForm(request, tuple(_warnings(system, request)))


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
    """Return hours as text, 2.0 → "2.0"; never with an exponent, which the systems may not read."""
    return format(Decimal(repr(float(hours))), "f")
