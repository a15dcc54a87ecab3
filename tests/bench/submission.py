"""From the click to the service's 201, as the kernel sees it."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from pathlib import Path

from bspsa_widgets import JobSubmitter, LocalService
from tests.bench.figure import at_most

ROUNDS = 15
FILES, FILE_BYTES = 20, 50_000


def submission() -> None:
    """A 1 MB folder to the local service; the first round, which warms up, is not counted."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        _fill(folder)
        with LocalService(Path(place) / "service") as service:
            panel = JobSubmitter(folder, endpoint=service, command="true", runtime=0.01)
            times = [_round(panel, number) for number in range(ROUNDS + 1)][1:]
            panel.close()
    at_most("click to 201, 1 MB folder, local service", times, 300, "ms")


def _fill(folder: Path) -> None:
    folder.mkdir()
    source = random.Random(1)
    for number in range(FILES):
        (folder / f"{number}.dat").write_bytes(source.randbytes(FILE_BYTES))


def _round(panel: JobSubmitter, number: int) -> float:
    accepted, over = threading.Event(), threading.Event()

    def watch(change: dict[str, dict[str, str]]) -> None:
        if change["new"]["outcome"] == "accepted":
            accepted.set()
        if change["new"]["step"] == "over":
            over.set()

    panel.observe(watch, "status")
    start = time.perf_counter()
    # Each round a job of its own: the very same would be asked about.
    form = {"title": f"round {number}"}
    message = {"kind": "submit", "id": f"round-{number}", "form": form}
    panel._handle_custom_msg(message, [])
    if not accepted.wait(60):
        raise RuntimeError(f"not accepted: {panel.status}")
    taken = (time.perf_counter() - start) * 1000
    over.wait(60)
    panel.unobserve(watch, "status")
    return taken
