"""Python's shared library, which NEURON's own programs look for first.

Many systems leave it out of Python's package. Compiling .mod files does not need it, but stops
if it is not found; `nrniv`, which runs .hoc files, needs it.
"""

from __future__ import annotations

import subprocess
from typing import Final

_PATIENCE: Final = 30.0  # seconds; usually takes 0.1
WITHOUT: Final = {"NMODL_PYLIB": "none"}  # variables that let NEURON compile without it
NEEDED: Final = (
    "NEURON's program nrniv, which runs .hoc files, needs Python's shared library, not installed"
    " here (apt-get install python3-dev). A .py file as main file does without"
)


def lacks_library(python: str) -> bool:
    """Return whether NEURON will not find the library; the check is the same as NEURON's.

    Args:
        python: path of the Python in NEURON's environment.

    Returns:
        False if it will, or if there is no NEURON to check with.
    """
    command = [python, "-I", "-m", "find_libpython"]
    try:
        result = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return result.returncode == 1 and not result.stdout.strip() and not result.stderr.strip()
