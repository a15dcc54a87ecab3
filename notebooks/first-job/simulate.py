"""A leaky integrate-and-fire neuron: its firing rate for a range of input currents.

Writes rates.csv with the columns current_nA and rate_Hz.
"""

import csv
import sys

REST, THRESHOLD, RESET = -70.0, -50.0, -65.0  # mV
RESISTANCE = 100.0  # MOhm
TIME_CONSTANT = 20.0  # ms
STEP = 0.1  # ms
DURATION = 1000.0  # ms


def rate(current: float) -> float:
    """Spikes per second for a constant current in nA."""
    voltage, spikes = REST, 0
    for _ in range(int(DURATION / STEP)):
        voltage += STEP / TIME_CONSTANT * (REST - voltage + RESISTANCE * current)
        if voltage >= THRESHOLD:
            voltage, spikes = RESET, spikes + 1
    return spikes / (DURATION / 1000)


def main(target: str) -> None:
    with open(target, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["current_nA", "rate_Hz"])
        for step in range(11):
            current = 0.05 * step
            table.writerow([f"{current:.2f}", rate(current)])
            print(f"{current:.2f} nA: {rate(current):.0f} Hz")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "rates.csv")
