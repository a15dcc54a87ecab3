"""The browser of the tests: one that is installed, or one that can be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_START = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    playwright.chromium.launch(args=["--no-sandbox"]).close()
"""
# It comes without the libraries that it needs, and they can be installed by root alone.
_NO_BROWSER = (
    "No browser starts here. Playwright's needs libraries of the system. As root: apt-get install "
    "chromium, or: python -m playwright install-deps chromium"
)


def find_chromium() -> str | None:
    """The path of an installed Chromium; None leaves the choice to Playwright's own."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def provide_chromium() -> bool:
    """Install a browser where none is: by apt as root, else what Playwright offers.

    Returns:
        Whether there is one that starts; where there is none, what to do was printed.
    """
    if find_chromium():
        return True
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        subprocess.run(command, check=False, env=quiet)
        if find_chromium():
            return True
    if not _playwrights_own():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    starts = subprocess.run([sys.executable, "-c", _START], check=False).returncode == 0
    if not starts:
        print(f"\n!!! {_NO_BROWSER}", flush=True)
    return starts


def _playwrights_own() -> bool:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    return any(cache.glob("chromium-*"))
