"""A small model for each tool, and what it must print."""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    """What is tried of a tool.

    Attributes:
        tool_id: NSG's. packages: for its environment, from PyPI.
        script: its main file. says: a part of what it prints, where all is well.
    """

    tool_id: str
    packages: tuple[str, ...]
    script: str
    says: str


MODELS = {
    "brian": Model(
        "BRIAN_TG",
        ("brian2", "numpy<2.4"),
        """
from brian2 import *
cell = NeuronGroup(1, "dv/dt = (1.2 - v) / (10*ms) : 1", threshold="v > 1", reset="v = 0",
                   method="exact")
spikes = SpikeMonitor(cell)
run(100*ms)
print("spikes", spikes.num_spikes)
""",
        "spikes 5",
    ),
    "nest": Model(
        "NEST_PY_TG",
        ("nest-simulator", "numpy"),
        """
import nest
cell = nest.Create("iaf_psc_alpha", params={"I_e": 400.0})
spikes = nest.Create("spike_recorder")
nest.Connect(cell, spikes)
nest.Simulate(500.0)
print("spikes", spikes.n_events > 5)
""",
        "spikes True",
    ),
    "pynn": Model(
        "PYNN_TG",
        ("PyNN", "nest-simulator", "numpy", "neo", "scipy"),
        """
import pyNN.nest as sim
sim.setup(timestep=0.1)
cells = sim.Population(2, sim.IF_curr_exp(i_offset=1.0))
cells.record("spikes")
sim.run(200.0)
print("spikes", sum(map(len, cells.get_data().segments[0].spiketrains)) > 2)
sim.end()
""",
        "spikes True",
    ),
    "bluepyopt": Model(
        "BLUEPYOPT_TG",
        ("bluepyopt",),
        """
import bluepyopt as bpop

class Square(bpop.evaluators.Evaluator):
    def __init__(self):
        super().__init__([bpop.objectives.Objective("square")],
                         [bpop.parameters.Parameter("x", bounds=[-5, 5])])
    def evaluate_with_lists(self, values):
        return [(values[0] - 2) ** 2]
    init_simulator_and_evaluate_with_lists = evaluate_with_lists

found = bpop.optimisations.DEAPOptimisation(Square(), offspring_size=20, seed=1)
_, hall, _, _ = found.run(max_ngen=10)
print("best", round(hall[0][0]))
""",
        "best 2",
    ),
}
