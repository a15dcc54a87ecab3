"""The notebook that this kernel runs."""

from __future__ import annotations

import os
from pathlib import Path

# The notebook's file, as the Jupyter server tells its kernels; "" elsewhere.
NOTEBOOK = Path(os.environ.get("JPY_SESSION_NAME", "")).name


def home(root: str | Path | None) -> Path:
    """Where relative folders begin; None for the notebook's directory."""
    return Path(root or Path.cwd()).expanduser().resolve()
