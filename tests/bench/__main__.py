"""Figures, not tests: `python -m tests.bench [NAME …]` prints what was measured and the goal."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.bench.bundle import bundle
from tests.bench.files_view import files
from tests.bench.history import history
from tests.bench.imports import imports
from tests.bench.latency import latency
from tests.bench.monitor import monitor
from tests.bench.monitor_view import table
from tests.bench.open_log import log
from tests.bench.packing import packing
from tests.bench.repaint import repaint
from tests.bench.service import service
from tests.bench.soak import soak
from tests.bench.submission import submission
from tests.bench.sweep import sweep
from tests.bench.upload import upload

BENCHES: dict[str, Callable[[], bool | None]] = {
    "imports": imports,
    "bundle": bundle,
    "submission": submission,
    "sweep": sweep,
    "repaint": repaint,
    "table": table,
    "files": files,
    "monitor": monitor,
    "log": log,
    "packing": packing,
    "upload": upload,
    "history": history,
    "latency": latency,
    "service": service,
    "soak": soak,
}


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        print(f"There is no {', '.join(unknown)}; there are {', '.join(BENCHES)}.")
        return 2
    missed = [name for name in names or BENCHES if BENCHES[name]() is False]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
