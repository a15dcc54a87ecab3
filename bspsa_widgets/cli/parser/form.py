"""Form of a submission from the options as typed."""

from __future__ import annotations

import argparse

from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.domain.systems import find_system
from bspsa_widgets.errors import InvalidForm

_OPTIONS = {"command": "command", "tool": "tool", "init_file": "main-file"}


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
    known = {field.name for field in system.fields}
    given = {"command": options.command, "tool": options.tool, "init_file": options.main_file}
    foreign = [name for name, value in given.items() if value is not None and name not in known]
    if foreign:
        raise InvalidForm(
            {
                name: f"{system.label} has no such input. Leave --{_OPTIONS[name]} out, "
                "or choose another --hpc."
                for name in foreign
            }
        )
    return JobForm(
        hpc=options.hpc,
        project=options.project,
        command=options.command,
        tool=options.tool,
        init_file=options.main_file,
        node_number=options.nodes,
        core_number=options.cores,
        runtime=options.runtime,
        title=options.title,
    )
