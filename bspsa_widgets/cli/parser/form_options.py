"""Options of the command line for the fields of the form."""

from __future__ import annotations

import argparse
from typing import Any

from bspsa_widgets.domain.fields.declaration import Field, Value
from bspsa_widgets.domain.systems import SYSTEMS, HpcSystem, all_fields

DEST = "field_"  # begins the name of a parsed option, so that it is no other option's


def add_form_options(command: argparse.ArgumentParser) -> None:
    """Add an option for each field of each system.

    Args:
        command: parser of the command.
    """
    for fields in _exclusive():
        group = command.add_mutually_exclusive_group()
        for field in fields:
            shown: dict[str, Any] = {"metavar": (field.unit or field.flag.strip("-")).upper()}
            if field.kind == "boolean":
                shown = {"action": argparse.BooleanOptionalAction}
            help_text = _help(field).replace("%", "%%")
            group.add_argument(field.flag, dest=DEST + field.name, help=help_text, **shown)


def _exclusive() -> list[list[Field]]:
    """Return all fields in groups; no system has two of a group."""
    groups: list[list[Field]] = []
    systems: list[set[str]] = []  # those that have a field of the group
    for name, field in all_fields().items():
        having = {system.id for system in _having(name)}
        free = [place for place, taken in enumerate(systems) if not taken & having]
        if free:
            groups[free[0]].append(field)
            systems[free[0]] |= having
        else:
            groups.append([field])
            systems.append(having)
    return groups


def _having(name: str) -> list[HpcSystem]:
    return [system for system in SYSTEMS.values() if name in {f.name for f in system.fields}]


def _help(field: Field) -> str:
    """Return one line: label, unit, systems, help, and the defaults, as in "12, on NSG 1"."""
    having = _having(field.name)
    unit = f" in {field.unit}" if field.unit else ""
    names = " and ".join(system.short_name for system in having)
    on = "" if len(having) == len(SYSTEMS) else f" on {names}"
    text = f"{field.noun}{unit}{on}" + (f": {field.help}" if field.help else "")
    if field.choices and not field.is_open:
        text += f"; {', '.join(choice.id for choice in field.choices)}"
    if field.default == "":
        return text
    others = [
        f", on {system.short_name} {_written(default)}"
        for system in having
        if (default := system.field(field.name).default) != field.default
    ]
    return f"{text} (default: {_written(field.default)}{''.join(others)})"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
