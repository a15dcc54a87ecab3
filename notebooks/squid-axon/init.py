"""One piece of squid axon under a current clamp.

Writes spikes.csv (time_ms, one row for each spike) and voltage.csv (time_ms, voltage_mV,
every 0.25 ms).
"""

import csv
import sys

from neuron import h

h.load_file("stdrun.hoc")

DELAY, DURATION, STOP = 20.0, 150.0, 200.0  # ms


def main(amplitude: float) -> None:
    """Simulate with a clamp of `amplitude` nA."""
    axon = h.Section(name="axon")
    axon.L = axon.diam = 30  # um
    axon.insert("squid")
    axon.ena, axon.ek = 50, -77  # mV

    clamp = h.IClamp(axon(0.5))
    clamp.delay, clamp.dur, clamp.amp = DELAY, DURATION, amplitude

    spikes = h.Vector()
    detector = h.NetCon(axon(0.5)._ref_v, None, sec=axon)
    detector.threshold = 0  # mV
    detector.record(spikes)
    time = h.Vector().record(h._ref_t, 0.25)
    voltage = h.Vector().record(axon(0.5)._ref_v, 0.25)

    h.celsius = 6.3
    h.finitialize(-65)
    h.continuerun(STOP)

    write("spikes.csv", ["time_ms"], ([f"{moment:.3f}"] for moment in spikes))
    rows = ([f"{t:.2f}", f"{v:.3f}"] for t, v in zip(time, voltage))
    write("voltage.csv", ["time_ms", "voltage_mV"], rows)
    print(f"{len(spikes)} spikes at {amplitude} nA")


def write(name, head, rows):
    with open(name, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(head)
        table.writerows(rows)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.5)
