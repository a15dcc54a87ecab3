"""Python's shared library, which NEURON's own programs look for before anything else.

Many systems leave it out of Python's package. Compiling .mod files does not need it, but stops
where it is not found; `nrniv`, which runs .hoc files, does need it.
"""

from __future__ import annotations

import subprocess
from typing import Final

_PATIENCE: Final = 30.0  # seconds; it takes 0.1
WITHOUT: Final = {"NMODL_PYLIB": "none"}  # variables that let NEURON compile without it
NEEDED: Final = (
    "NEURON's program nrniv, which runs .hoc files, needs Python's shared library, not installed"
    " here (apt-get install python3-dev). A .py file as main file does without"
)


def lacks_library(python: str) -> bool:
    """Whether NEURON will not find it; False where there is no NEURON to say so.

    Args:
        python: of the environment that NEURON is in. It is asked as NEURON asks.
    """
    command = [python, "-I", "-m", "find_libpython"]
    try:
        asked = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return asked.returncode == 1 and not asked.stdout.strip() and not asked.stderr.strip()
