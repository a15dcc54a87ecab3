"""Form of a submission from the options as typed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from bspsa_widgets.cli.parser.form_options import DEST
from bspsa_widgets.domain.fields.declaration import NAMED
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.domain.systems import HpcSystem, all_fields, find_system
from bspsa_widgets.errors import InvalidForm


def typed_form(options: argparse.Namespace) -> JobForm:
    """Return the form's values.

    Args:
        options: parsed command-line options.

    Returns:
        the form.

    Raises:
        InvalidInput: (field `hpc`) there is no such system.
        InvalidForm: an option does not exist for the system; it must not be dropped silently.
    """
    system = find_system(options.hpc)
    typed = {name: getattr(options, DEST + name) for name in all_fields()}
    given = {name: value for name, value in typed.items() if value is not None}
    if foreign := dict(_foreign(system, given)):
        raise InvalidForm(foreign)
    named = {name: value for name, value in given.items() if name in NAMED}
    own = {name: value for name, value in given.items() if name not in NAMED}
    return JobForm(hpc=options.hpc, project=options.project, options=own, **named)


def _foreign(system: HpcSystem, given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields that the system, or the tool, does not have, with a sentence for each."""
    has = {field.name: field for field in system.fields}
    tool = given.get("tool", has["tool"].default if "tool" in has else "")
    for name in given:
        flag = all_fields()[name].flag
        if name not in has:
            yield (
                name,
                f"{system.label} has no such input. Leave {flag} out, or choose another --hpc.",
            )
        elif has[name] not in system.fields_for(tool):
            tools = ", ".join(has[name].tools)
            yield name, f"{tool} has no such input. Leave {flag} out, or use {tools} as the --tool."
