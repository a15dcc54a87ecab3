"""The notebook that uses this kernel."""

from __future__ import annotations

import os
from pathlib import Path

# File name of the notebook, set by the Jupyter server for its kernels; "" elsewhere.
NOTEBOOK = Path(os.environ.get("JPY_SESSION_NAME", "")).name


def home(root: str | Path | None) -> Path:
    """Return the base of relative folders.

    Args:
        root: the base; None for the notebook's directory.

    Returns:
        absolute path.
    """
    return Path(root or Path.cwd()).expanduser().resolve()
