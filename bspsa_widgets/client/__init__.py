"""Async clients of services. httpx is used only in this package."""

import sys

# httpx imports its own command line, and with it click, pygments and rich, wherever these are
# installed: half of what importing this package takes. It does without where that is missing.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
