"""The HPC systems behind the Service Account, and the fields of their forms, as data.

Sources: the API document for systems, projects and keys; the last public source of the
service (hbp-bsp-service-account, January 2022) for the limits. Limits of the second kind
are *advisory*: the API document's own examples break some of them, so they only warn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bspsa_widgets.domain.fields.declaration import NAMED, Field, FieldChoice, Limit
from bspsa_widgets.errors import InvalidInput

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, kw_only=True)
class HpcSystem:
    """An HPC system: its name, the fields of its form, its stages.

    Attributes:
        id: as in the URL (`pizdaint`, `nsg`).
        label: name for people.
        projects: known project names; the first is the service's default.
        fields: the form, in order; `title`, `node_number` (nodes), `core_number` (cores per
            node) and `runtime` (hours) are part of every system.
        stages: the usual stages from submission to success, in order.

    Example:
        >>> NSG.default_project
        'bsp_nsg_01'
        >>> NSG.field("runtime").unit
        'hours'
    """

    id: str
    label: str
    projects: tuple[str, ...]
    fields: tuple[Field, ...]
    stages: tuple[str, ...]

    @property
    def default_project(self) -> str:
        """Name of the project that the service uses by default."""
        return self.projects[0]

    @property
    def short_name(self) -> str:
        """The name without the place: `Piz Daint — CSCS` → `Piz Daint`."""
        return self.label.split(" — ")[0]

    @property
    def tools(self) -> tuple[FieldChoice, ...]:
        """The known programs that it can run; empty if it runs commands."""
        return next((field.choices for field in self.fields if field.name == "tool"), ())

    @property
    def options(self) -> tuple[Field, ...]:
        """The fields that are no arguments and traits of their own."""
        return tuple(field for field in self.fields if field.name not in NAMED)

    def fields_for(self, tool: object) -> tuple[Field, ...]:
        """Return the fields of the form while a tool is chosen.

        Args:
            tool: id of the tool, as typed; of no importance for a system without tools.

        Returns:
            The fields, in the order of the form.
        """
        chosen = tool.strip() if isinstance(tool, str) else ""
        return tuple(field for field in self.fields if not field.tools or chosen in field.tools)

    def field(self, name: str) -> Field:
        """Return a field by its name.

        Args:
            name: name of the field.

        Returns:
            The field.

        Raises:
            KeyError: if the system has no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


TITLE_LENGTH = 100  # characters; a longer title starts a job that the service then loses

_TITLE = Field(
    name="title",
    label="Title",
    kind="text",
    help="Shown in your job list; the folder's name where it is empty",
    is_optional=True,
)

PIZDAINT = HpcSystem(
    id="pizdaint",
    label="Piz Daint — CSCS",
    projects=("bsp_pizdaint_01",),
    fields=(
        Field(
            name="command",
            label="Command",
            kind="script",
            example="unzip -q {archive} && cd {folder} && python run.py",
            help="Runs in the job's directory on Piz Daint; the archive lies there as {archive}",
        ),
        _TITLE,
        Field(
            name="node_number",
            label="Nodes",
            kind="integer",
            default=1,
            minimum=1,
            option="nodes",
            limits=(Limit(maximum=5704, reason="Piz Daint has 5704 nodes.", source="CSCS"),),
        ),
        Field(
            name="core_number",
            label="Cores per node",
            kind="integer",
            default=12,
            minimum=1,
            option="cores",
            limits=(
                Limit(minimum=12, reason="The service may refuse fewer than 12 cores per node."),
            ),
        ),
        Field(
            name="runtime",
            label="Runtime",
            kind="number",
            unit="hours",
            default=1.0,
            limits=(
                Limit(minimum=1 / 60, reason="Less than a minute may be cut to no time at all."),
            ),
        ),
    ),
    stages=("STAGINGIN", "READY", "QUEUED", "RUNNING", "STAGINGOUT", "SUCCESSFUL"),
)

_TOOLS = (
    FieldChoice(id="PY_TG", label="Python"),
    FieldChoice(id="NEURON77_TG", label="NEURON 7.7"),
    FieldChoice(id="NEURON75_TG", label="NEURON 7.5"),
    FieldChoice(id="NEURON74_PY_TG", label="NEURON 7.4 with Python"),
    FieldChoice(id="NEURON73_PY_TG", label="NEURON 7.3 with Python"),
    FieldChoice(id="OSBPYNEURON74", label="Open Source Brain, NEURON 7.4"),
    FieldChoice(id="BLUEPYOPT_TG", label="BluePyOpt"),
    FieldChoice(id="BRIAN_TG", label="Brian"),
    FieldChoice(id="NEST_TG", label="NEST"),
    FieldChoice(id="NEST_PY_TG", label="NEST with Python"),
    FieldChoice(id="PYNN_TG", label="PyNN"),
    FieldChoice(id="MOOSE_TG", label="MOOSE"),
    FieldChoice(id="PGENESIS_TG", label="PGENESIS"),
    FieldChoice(id="CPIPELINE_TG", label="C-PAC pipeline"),
    FieldChoice(id="EEGLAB_TG", label="EEGLAB"),
    FieldChoice(id="FREESURF_TG", label="FreeSurfer"),
    FieldChoice(id="SINGULARITY_HNN_TG", label="Human Neocortical Neurosolver"),
)

NSG = HpcSystem(
    id="nsg",
    label="NSG — Neuroscience Gateway",
    projects=("bsp_nsg_01",),
    fields=(
        Field(
            name="tool",
            label="Tool",
            kind="choice",
            default="PY_TG",
            help="The program that NSG runs; another id can be typed",
            choices=_TOOLS,
            is_open=True,
        ),
        Field(
            name="init_file",
            label="Main file",
            kind="path",
            help="The file that the tool starts; init.py, init.hoc or input.py where it is empty",
            is_optional=True,
            option="main-file",
        ),
        _TITLE,
        Field(
            name="node_number",
            label="Nodes",
            kind="integer",
            default=1,
            minimum=1,
            option="nodes",
            limits=(Limit(maximum=72, reason="The service may refuse more than 72 nodes."),),
        ),
        Field(
            name="core_number",
            label="Cores per node",
            kind="integer",
            default=1,
            minimum=1,
            option="cores",
            limits=(
                Limit(maximum=24, reason="The service may refuse more than 24 cores per node."),
            ),
        ),
        Field(
            name="runtime",
            label="Runtime",
            kind="number",
            unit="hours",
            default=0.5,
            limits=(Limit(maximum=48, reason="The service may refuse more than 48 hours."),),
        ),
    ),
    stages=(
        "QUEUE",
        "COMMANDRENDERING",
        "INPUTSTAGING",
        "SUBMITTED",
        "LOAD_RESULTS",
        "COMPLETED",
    ),
)

SYSTEMS: dict[str, HpcSystem] = {PIZDAINT.id: PIZDAINT, NSG.id: NSG}
"""The systems by their ids.

Example:
    >>> [system.label for system in SYSTEMS.values()]
    ['Piz Daint — CSCS', 'NSG — Neuroscience Gateway']
"""


def all_fields() -> dict[str, Field]:
    """Return the fields of all systems.

    Returns:
        Each field by its name; of several systems that have it, as the first declares it.
    """
    found: dict[str, Field] = {}
    for system in SYSTEMS.values():
        for field in system.fields:
            found.setdefault(field.name, field)
    return found


"""The systems by their ids.

Example:
    >>> [system.label for system in SYSTEMS.values()]
    ['Piz Daint — CSCS', 'NSG — Neuroscience Gateway']
"""


def default_project(hpc: str) -> str:
    """Return the project that a system uses if none is named.

    Args:
        hpc: system id, lower case.

    Returns:
        The name of the project; "" for an unknown system.
    """
    return SYSTEMS[hpc].default_project if hpc in SYSTEMS else ""


def find_system(hpc: object) -> HpcSystem:
    """Return a system by its id.

    Args:
        hpc: system id, in upper or lower case.

    Returns:
        The system.

    Raises:
        InvalidInput: of field `hpc`, if no such system is known.
    """
    if isinstance(hpc, str) and hpc.strip().lower() in SYSTEMS:
        return SYSTEMS[hpc.strip().lower()]
    names = " or ".join(SYSTEMS)
    raise InvalidInput("hpc", f"There is no HPC system {hpc!r:.60}.", allowed=f"Use {names}.")


def system_of_job(job_id: str) -> HpcSystem:
    """Return the system that gave a job its id: NSG's begin with `NGBW-`, Piz Daint's are UUIDs.

    Args:
        job_id: id of the job, in upper or lower case.

    Returns:
        The system.

    Raises:
        InvalidInput: of field `id`, for an id of another form.
    """
    if job_id.upper().startswith("NGBW-"):
        return NSG
    if _UUID.fullmatch(job_id):
        return PIZDAINT
    raise InvalidInput(
        "id",
        f"{job_id!r:.60} does not tell its HPC system.",
        allowed="Ids look like NGBW-JOB-… (NSG) or 8F72B834-2E78-… (Piz Daint); "
        "for another one, name the system.",
    )
