"""The commands that the README has a newcomer type."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def commands(section: str) -> list[str]:
    """The lines of a section's shell blocks, in their order."""
    text = README.read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    if found is None:
        raise ValueError(f"The README has no section {section!r}.")
    blocks = re.findall(r"^```bash\n(.*?)^```", found[1], re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line.strip()]
