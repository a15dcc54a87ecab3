"""The HPC systems behind the Service Account, as data.

Sources: the API document for systems, projects and keys; the last public source of the
service (hbp-bsp-service-account, January 2022) for the limits. Limits of the second kind
are *advisory*: the API document's own examples break some of them, so they only warn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bspsa_widgets.errors import InvalidInput

SOURCE = "the service's public source (January 2022)"

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

FieldKind = Literal["text", "script", "choice", "integer", "hours"]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """An advisory range: outside it the user is warned.

    Attributes:
        minimum: lowest allowed value, in the field's unit; None for no bound.
        maximum: highest allowed value, in the field's unit; None for no bound.
        reason: what happens outside the range, in a sentence for the user.
        source: where the limit is known from.
    """

    minimum: float | None = None
    maximum: float | None = None
    reason: str
    source: str = SOURCE

    def broken_by(self, value: float) -> bool:
        """Return whether a value is outside the range.

        Args:
            value: in the field's unit.

        Returns:
            True if it is outside.
        """
        low = self.minimum is not None and value < self.minimum
        return low or (self.maximum is not None and value > self.maximum)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input of a system's form.

    Attributes:
        name: name of the trait and argument; also the key in the Payload header.
        label: accessible name of its control.
        kind: type of the value: text, script (several lines), choice, integer, hours.
        unit: shown beside the input; empty if the value has none.
        default: value in a new form.
        example: example value, shown while the input is empty, and never sent.
        help: one line below the input.
        limits: advisory ranges.
    """

    name: str
    label: str
    kind: FieldKind
    unit: str = ""
    default: str | int | float = ""
    example: str = ""
    help: str = ""
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program that NSG runs.

    Attributes:
        id: NSG's id.
        label: name for people.
    """

    id: str
    label: str


@dataclass(frozen=True, kw_only=True)
class HpcSystem:
    """An HPC system: its name, the fields of its form, its stages.

    Attributes:
        id: as in the URL (`pizdaint`, `nsg`).
        label: name for people.
        projects: known project names; the first is the service's default.
        fields: the form, in order; `node_number` (nodes), `core_number` (cores per
            node) and `runtime` (hours) are part of every system.
        tools: programs that NSG can run; empty for other systems. Other ids may be typed.
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
    tools: tuple[Tool, ...] = ()
    stages: tuple[str, ...]

    @property
    def default_project(self) -> str:
        """Name of the project that the service uses by default."""
        return self.projects[0]

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
            limits=(Limit(maximum=5704, reason="Piz Daint has 5704 nodes.", source="CSCS"),),
        ),
        Field(
            name="core_number",
            label="Cores per node",
            kind="integer",
            default=12,
            limits=(
                Limit(minimum=12, reason="The service may refuse fewer than 12 cores per node."),
            ),
        ),
        Field(
            name="runtime",
            label="Runtime",
            kind="hours",
            unit="hours",
            default=1.0,
            limits=(
                Limit(minimum=1 / 60, reason="Less than a minute may be cut to no time at all."),
            ),
        ),
    ),
    stages=("STAGINGIN", "READY", "QUEUED", "RUNNING", "STAGINGOUT", "SUCCESSFUL"),
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
        ),
        Field(
            name="init_file",
            label="Main file",
            kind="text",
            help="The file that the tool starts; init.py, init.hoc or input.py where it is empty",
        ),
        _TITLE,
        Field(
            name="node_number",
            label="Nodes",
            kind="integer",
            default=1,
            limits=(Limit(maximum=72, reason="The service may refuse more than 72 nodes."),),
        ),
        Field(
            name="core_number",
            label="Cores per node",
            kind="integer",
            default=1,
            limits=(
                Limit(maximum=24, reason="The service may refuse more than 24 cores per node."),
            ),
        ),
        Field(
            name="runtime",
            label="Runtime",
            kind="hours",
            unit="hours",
            default=0.5,
            limits=(Limit(maximum=48, reason="The service may refuse more than 48 hours."),),
        ),
    ),
    tools=(
        Tool(id="PY_TG", label="Python"),
        Tool(id="NEURON77_TG", label="NEURON 7.7"),
        Tool(id="NEURON75_TG", label="NEURON 7.5"),
        Tool(id="NEURON74_PY_TG", label="NEURON 7.4 with Python"),
        Tool(id="NEURON73_PY_TG", label="NEURON 7.3 with Python"),
        Tool(id="OSBPYNEURON74", label="Open Source Brain, NEURON 7.4"),
        Tool(id="BLUEPYOPT_TG", label="BluePyOpt"),
        Tool(id="BRIAN_TG", label="Brian"),
        Tool(id="NEST_TG", label="NEST"),
        Tool(id="NEST_PY_TG", label="NEST with Python"),
        Tool(id="PYNN_TG", label="PyNN"),
        Tool(id="MOOSE_TG", label="MOOSE"),
        Tool(id="PGENESIS_TG", label="PGENESIS"),
        Tool(id="CPIPELINE_TG", label="C-PAC pipeline"),
        Tool(id="EEGLAB_TG", label="EEGLAB"),
        Tool(id="FREESURF_TG", label="FreeSurfer"),
        Tool(id="SINGULARITY_HNN_TG", label="Human Neocortical Neurosolver"),
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
