"""The request for a job: from the form as typed to the JSON of the Payload header.

`JobForm` holds what the user typed, valid or not; `JobRequest` holds what may be sent.
`check_form` is the only way from the first to the second.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, model_validator

from bspsa_widgets.domain.fields.checks import CONTROL, check_fields
from bspsa_widgets.domain.fields.declaration import NAMED, SOURCE, Field, Value
from bspsa_widgets.domain.marker import MARKER, TITLE_ROOM, marked
from bspsa_widgets.domain.shell_quotes import filled
from bspsa_widgets.domain.systems import TITLE_LENGTH, HpcSystem, find_system
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
        options: values of the fields that only this system has, by name.

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
    options: Any = {}

    def typed(self, field: Field) -> Any:
        """Return what was typed into a field.

        Args:
            field: the field of a system.

        Returns:
            The value, valid or not; None for the default.
        """
        if field.name in NAMED:
            return getattr(self, field.name)
        return self.options.get(field.name) if isinstance(self.options, Mapping) else None


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
        options: values of the fields that only this system has, by name.
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
    options: dict[str, Value] = {}
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
        names = {"archive": archive, "folder": folder}
        values = self.model_dump()
        for field in find_system(self.hpc).fields:
            place = values if field.name in NAMED else values["options"]
            if field.kind == "script" and field.name in place:
                place[field.name] = filled(place[field.name], names)
        title = self.title or CONTROL.sub(" ", folder)[:TITLE_ROOM].strip()
        request = JobRequest(**values | {"title": title, "marker": marker})
        request.header()
        return request

    def payload(self) -> dict[str, str]:
        """Return the keys of the Payload header for this system (source: the API document).

        Returns:
            The values, all as strings, by key.
        """
        values = self.values()
        sent = {name: _text(value) for name, value in values.items() if value != ""}
        title = marked(self.title, self.marker) if self.marker else self.title
        return {name: text for name, text in sent.items() if name != "title"} | {"title": title}

    def values(self) -> dict[str, Value]:
        """Return the value of each field that the system has.

        Returns:
            The values by field name, in the order of the form; "" for none.
        """
        return {
            field.name: getattr(self, field.name)
            if field.name in NAMED
            else self.options.get(field.name, "")
            for field in find_system(self.hpc).fields_for(self.tool)
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
        if find_system(self.hpc).field(field).kind == "script":
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
    values = {field.name: _or_default(form, field) for field in system.fields}
    options = form.options
    if isinstance(options, Mapping):
        options = {**options, **{field.name: values[field.name] for field in system.options}}
    given = values | {"project": form.project, "options": options}
    request = JobRequest(**check_fields(system, given))
    request.header()
    return CheckedForm(request, tuple(_warnings(system, request)))


def _or_default(form: JobForm, field: Field) -> object:
    given = form.typed(field)
    return field.default if given is None else given


def _warnings(system: HpcSystem, request: JobRequest) -> Iterator[Advice]:
    values = request.values()
    for field in system.fields_for(request.tool):
        value = values[field.name]
        if isinstance(value, int | float):
            for limit in field.limits:
                if limit.broken_by(value):
                    yield Advice(field=field.name, message=limit.reason, source=limit.source)
        elif value and field.is_open and value not in {choice.id for choice in field.choices}:
            message = (
                f"{value} is not in the list of known {field.noun}s; "
                f"{system.short_name} may refuse it."
            )
            yield Advice(field=field.name, message=message, source=SOURCE)


def _text(value: Value) -> str:
    """Return a value as text: never with an exponent, which the systems may not read."""
    if isinstance(value, bool):
        return str(value).lower()
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
