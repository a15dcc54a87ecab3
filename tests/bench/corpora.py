"""Folders like those that people send, the same for the same seed.

A zip of the project has 1/1.64 of its bytes, one of the small files 1/2.4, one of the big
data 1/1.35.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

MIB = 1 << 20


def project(folder: Path) -> None:
    """60 MB in 230 files: notebooks with pictures in them, tables, code, recordings."""
    source = random.Random(1)
    words = vocabulary(source)
    for number in range(100):
        content = json.dumps(notebook(source, words), indent=1).encode()
        write(folder / f"notebooks/{number // 10}/analysis_{number}.ipynb", content)
    for number in range(70):
        write(folder / f"tables/trial_{number}.csv", table(number, 7_500))
    for number in range(40):
        write(folder / f"model/part_{number}.py", prose(source, words, 30_000))
    for number in range(20):
        write(folder / f"recordings/cell_{number}.npz", source.randbytes(850_000))


def small_files(folder: Path) -> None:
    """20,000 files of 0.5 to 4 KB, 45 MB in all, in 200 folders."""
    source = random.Random(2)
    kinds = (morphology, spike_times, voltage_trace, connections)
    for number in range(20_000):
        kind = kinds[number % len(kinds)]
        place = folder / f"column_{number % 200:03}"
        content = kind(source, source.randint(500, 4_000))
        write(place / f"{kind.__name__}_{number:05}.txt", content)


def big_data(folder: Path, size: int = 400 * MIB) -> None:
    """Three files: random, a table, float32 traces of a cell with an amplifier's noise."""
    folder.mkdir(parents=True)
    chance = np.random.default_rng(3)
    with (folder / "random.bin").open("wb") as file:
        for _ in range(size // MIB):
            file.write(chance.bytes(MIB))
    with (folder / "table.csv").open("wb") as file:
        number = 0
        while file.tell() < size:
            file.write(table(number, 25_000)[: size - file.tell()])
            number += 1
    with (folder / "traces.f32").open("wb") as file:
        for start in range(0, size // 4, MIB // 4):
            swing = 10 * np.sin(np.arange(start, start + MIB // 4) / 1000)
            trace = -65 + swing + chance.normal(0, 0.1, MIB // 4)
            file.write(trace.astype("<f4").tobytes())


def vocabulary(source: random.Random) -> list[str]:
    letters = (
        "eeeeeeeeeeeetttttttttaaaaaaaaooooooooiiiiiiinnnnnnnsssssshhhhhhrrrrrrddddllluucmfwgypbvk"
    )
    return ["".join(source.choices(letters, k=source.randint(2, 10))) for _ in range(8_000)]


def prose(source: random.Random, words: list[str], size: int) -> bytes:
    """Words as often as in a language, in lines, with a number now and then."""
    weights = [1 / place for place in range(1, len(words) + 1)]
    picked = source.choices(words, weights, k=size // 4)
    lines = [
        "    " * source.randint(0, 2) + " ".join(picked[at : at + 9]) + f" = {source.random():.4f}"
        for at in range(0, len(picked), 9)
    ]
    return "\n".join(lines).encode()[:size]


def morphology(source: random.Random, size: int) -> bytes:
    """A nerve cell's branch: number, kind, place, radius and parent of each point."""
    x = y = z = 0.0
    lines = []
    for number in range(size // 30):
        x, y, z = x + source.gauss(0, 2), y + source.gauss(0, 2), z + source.gauss(0, 1)
        place = f"{x:.2f} {y:.2f} {z:.2f}"
        lines.append(f"{number} 3 {place} {source.uniform(0.2, 0.9):.3f} {number - 1}")
    return "\n".join(lines).encode()[:size]


def spike_times(source: random.Random, size: int) -> bytes:
    """ms, one in a line."""
    time, lines = 0.0, []
    for _ in range(size // 5):
        time += source.expovariate(0.2)
        lines.append(f"{time:.1f}")
    return "\n".join(lines).encode()[:size]


def voltage_trace(source: random.Random, size: int) -> bytes:
    """ms and mV in each line."""
    level, lines = -65.0, []
    for step in range(size // 12):
        level += source.gauss(0, 0.2)
        lines.append(f"{step * 0.025:.3f} {level:.2f}")
    return "\n".join(lines).encode()[:size]


def connections(source: random.Random, size: int) -> bytes:
    """A row of targets and weights for each cell."""
    lines = []
    for cell in range(size // 40):
        targets = " ".join(
            f"{source.randrange(4_000)}:{source.choice((0.1, 0.25, 0.5))}" for _ in range(5)
        )
        lines.append(f"cell {cell} -> {targets}")
    return "\n".join(lines).encode()[:size]


def table(seed: int, rows: int) -> bytes:
    """Time, two traces and a count."""
    chance = np.random.default_rng(seed)
    first = np.cumsum(chance.normal(0, 1, rows)) - 65
    second = chance.normal(0, 10, rows)
    count = chance.integers(0, 200, rows)
    lines = (
        f"{row * 0.025:.3f},{first[row]:.5f},{second[row]:.4f},{count[row]}\n"
        for row in range(rows)
    )
    return "".join(lines).encode()


def notebook(source: random.Random, words: list[str]) -> dict[str, object]:
    """Code, its printed output, and a picture as text."""
    return {"cells": list(_cells(source, words)), "nbformat": 4, "nbformat_minor": 5}


def _cells(source: random.Random, words: list[str]) -> Iterator[dict[str, object]]:
    for number in range(12):
        code = prose(source, words, 1_200).decode()
        picture = base64.b64encode(source.randbytes(6_000)).decode()
        printed = prose(source, words, 10_000).decode()
        yield {
            "cell_type": "code",
            "execution_count": number,
            "source": code.splitlines(keepends=True),
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": printed.splitlines(True)},
                {"output_type": "display_data", "data": {"image/png": picture}},
            ],
        }


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
