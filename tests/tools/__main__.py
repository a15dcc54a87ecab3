"""`python -m tests.tools [TOOL …]`: makes an environment for each tool, runs a model in it.

It needs the network, some minutes, and about a gigabyte. Environments are kept in
`--folder`, where one is named, and used again.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.tools.catalogue import find_tool
from bspsa_widgets.service.executors.tools.installation import installation_of, python_of
from tests.service.conftest import zipped
from tests.service.running import nsg_task, run_one
from tests.tools.models import MODELS, Model

SECONDS = 300.0  # for a model; it takes a few, and a first import of its tool some more


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tools", description=__doc__)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=", ".join(MODELS))
    parser.add_argument("--folder", type=Path, help="where the environments are kept")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.tools) - set(MODELS):
        parser.error(f"{min(unknown)} is none of {', '.join(MODELS)}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = (asked.folder or Path(scratch) / "environments").absolute()
        results = [try_tool(key, folder / key, Path(scratch)) for key in asked.tools or MODELS]
    return 0 if all(results) else 1


def try_tool(key: str, environment: Path, scratch: Path) -> bool:
    """Whether the tool's model ran as it must; says how it went."""
    model = MODELS[key]
    began = time.monotonic()
    if not (environment / "ready").exists() and not _provide(environment, model):
        print(f"{key}: could not be installed", flush=True)
        return False
    installed = time.monotonic()
    python = python_of(str(environment))
    place = installation_of(find_tool(model.tool_id), python)
    (scratch / key).mkdir(exist_ok=True)
    task = nsg_task(scratch / key, key.upper(), zipped({"m/init.py": model.script}), model.tool_id)
    end = asyncio.run(run_one(task, seconds=SECONDS, pythons={key: python}))
    said = _read(task.folder.stdout)
    is_right = end.phase is Phase.SUCCEEDED and model.says in said
    print(
        f"{key}: {'as it must' if is_right else 'WRONG'}, version {place.version()};"
        f" {installed - began:.0f} s to install, {end.seconds:.1f} s to run",
        flush=True,
    )
    if not is_right:
        print(said[-2000:], _read(task.folder.stderr)[-3000:], flush=True)
    return is_right


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _provide(environment: Path, model: Model) -> bool:
    venv.create(environment, with_pip=True)
    command = [python_of(str(environment)), "-m", "pip", "install", "-q", *model.packages]
    if subprocess.run(command, check=False).returncode != 0:
        return False
    (environment / "ready").touch()
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
