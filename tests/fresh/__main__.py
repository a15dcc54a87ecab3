"""`python -m tests.fresh`: types the README's commands in new Debian trees. As root only.

It needs debootstrap, the network, 3 GB and some ten minutes for each tree. What the machine's
way into the network consists of is shown to the trees: environment variables (proxies,
certificates, pip's and npm's) by themselves, files by `--show`.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.fresh import namespaces
from tests.fresh.readme import commands
from tests.fresh.tree import SUITES, USER, Tree

ROOT = Path(__file__).parents[2]
FIRST = "Try it"  # the README's section for all who come
CHECKOUT = Path("Mes études", "bspsa-widgets")  # any folder will do
LONGEST = 1800.0  # seconds from the first command to an open JupyterLab
PAGE = """
import sys, tornado.httpclient as http
page = http.HTTPClient().fetch(sys.argv[1], connect_timeout=60, request_timeout=60).body
assert b"jupyter-config-data" in page, page
"""
TUTORIALS = """
cp -r bspsa-tutorials ../copy && cd ../copy && export BSPSA_SERVICE_DIR=$HOME/service
for one in 0[1-4]*.ipynb; do
  ../bspsa-widgets/.venv/bin/jupyter execute "$one" && continue
  find "$HOME/service" -iname stderr -exec tail -n 5 {} +
  exit 1
done
"""


def main(arguments: list[str]) -> int:
    asked = _asked(arguments)
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        print("This needs root, and debootstrap (apt-get install debootstrap).")
        return 2
    namespaces.clean_up_at_signals()
    results = {}
    with tempfile.TemporaryDirectory(dir=asked.folder) as scratch:
        for version in asked.debian:
            base = Tree(Path(asked.keep or scratch, f"debian-{version}"), asked.show)
            if not base.folder.exists():
                base.make(SUITES[version], asked.mirror)
            for user in asked.user:
                tree = base.copy(Path(scratch, f"{version}-{user}"))
                for section in asked.command:
                    name = f"Debian {version}, {user}, {section!r}"
                    results[name] = _types(tree, user, section)
                    print(f"-- {name}: {'done' if results[name] else 'FAILED'}", flush=True)
                tree.remove()
    return 0 if all(results.values()) else 1


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fresh", description=__doc__)
    parser.add_argument("--debian", nargs="+", choices=SUITES, default=[*SUITES])
    parser.add_argument("--user", nargs="+", choices=(USER, "root"), default=[USER, "root"])
    sections = (FIRST, "Test")
    parser.add_argument("--command", nargs="+", choices=sections, default=[*sections])
    parser.add_argument("--show", nargs="+", type=Path, default=[], metavar="PATH")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--folder", type=Path, help="where the trees are made; default: TMPDIR")
    parser.add_argument("--keep", type=Path, help="where base systems are kept, to be used again")
    return parser.parse_args(arguments)


def _types(tree: Tree, user: str, section: str) -> bool:
    """Whether the section's commands do what they promise in a new checkout."""
    *by_root, command = commands(section)
    if section != FIRST:
        by_root = [*commands(FIRST)[:-1], *by_root]
    for line in by_root:
        print(f"\n# {line}", flush=True)
        if tree.run(f"apt-get update && {line}", "root") != 0:
            return False
    folder = tree.home(user) / CHECKOUT
    place = tree.folder / folder.relative_to("/")
    shutil.rmtree(place, ignore_errors=True)
    if namespaces.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, place]) != 0:
        return False
    if tree.run(f"chown -R {user}: '{folder.parent}'", "root") != 0:
        return False
    print(f"\n$ {command}", flush=True)
    if section == FIRST:
        return _opens(tree, user, folder, command)
    return tree.run(command, user, folder) == 0


def _opens(tree: Tree, user: str, folder: Path, command: str) -> bool:
    """Whether JupyterLab comes up and answers, and the tutorials run beside it."""
    with tree.started(command, user, folder) as lab:
        limit = threading.Timer(LONGEST, namespaces.kill, [lab])
        limit.start()
        try:
            address = _address(lab)
        finally:
            limit.cancel()
        if not address:
            return False
        shown = f".venv/bin/python -c {shlex.quote(PAGE)} '{address}'"
        return all(tree.run(line, user, folder) == 0 for line in (shown, TUTORIALS))


def _address(lab: subprocess.Popen[str]) -> str:
    """Wait for JupyterLab's address and return it; empty where it ends without one."""
    began = time.monotonic()
    assert lab.stdout is not None
    for line in lab.stdout:
        print(line, end="", flush=True)
        if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/lab\S*token=\w+", line):
            print(f"JupyterLab after {time.monotonic() - began:.0f} s", flush=True)
            return found[0]
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
