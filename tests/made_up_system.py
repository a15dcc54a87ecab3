"""A system that no service knows, with fields of its own: nothing else in the package names it."""

from __future__ import annotations

from bspsa_widgets.domain.fields.declaration import Field, FieldChoice, Limit
from bspsa_widgets.domain.systems import PIZDAINT, HpcSystem

CLUSTER = HpcSystem(
    id="cluster",
    label="Cluster — Lab",
    projects=("lab_01",),
    fields=(
        *PIZDAINT.fields,
        Field(
            name="partition",
            label="Partition",
            kind="choice",
            default="short",
            choices=(
                FieldChoice(id="short", label="Up to an hour"),
                FieldChoice(id="long", label="Up to a week"),
            ),
        ),
        Field(
            name="memory_per_node",
            label="Memory per node",
            kind="integer",
            unit="GB",
            default=4,
            minimum=1,
            maximum=2048,
            help="The job is ended if it needs more",
            limits=(Limit(maximum=512, reason="Few nodes have more than 512 GB.", source="Lab"),),
            option="memory",
        ),
        Field(name="exclusive", label="Exclusive", kind="boolean", default=False),
    ),
    stages=("QUEUED", "RUNNING", "SUCCESSFUL"),
)

OPTIONS = {"partition": "long", "memory_per_node": 64, "exclusive": True}
PAYLOAD = {"partition": "long", "memory_per_node": "64", "exclusive": "true"}  # as they are sent
