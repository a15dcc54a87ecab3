"""`bspsa lab`: JupyterLab with a copy of the tutorials and a local service."""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import bspsa_widgets
from bspsa_widgets.cli.exit_codes import DONE
from bspsa_widgets.cli.output import CommandOutput
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.service.embedded import LocalService

# A session that only uses the local service must not get tokens of real accounts.
_TOKENS = ("BSPSA_TOKEN", "CLB_AUTH")
_ENDS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def open_lab(options: argparse.Namespace, output: CommandOutput) -> int:
    """Run JupyterLab until it ends; the local service ends with it.

    Args:
        options: parsed command-line options.
        output: where the command writes.

    Returns:
        the exit code.

    Raises:
        BspsaError: JupyterLab is not installed or cannot write, or the tutorials cannot be copied.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise BspsaError(
            "JupyterLab is not installed.", advice="Install it: pip install 'bspsa-widgets[lab]'"
        )
    place = Path(options.dir).expanduser().absolute()
    check_jupyter_folders()
    try:
        first = copy_tutorials(place)
    except OSError as error:
        raise BspsaError(
            f"The tutorials cannot be copied to {place}: {error.strerror}.",
            advice="Name a folder that you may write to: bspsa lab --dir FOLDER",
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # printed below like all messages
        own = LocalService()
    with own as service, signals_handed_on() as hand_to:
        if service.notice:
            output.say(service.notice)
        text = f"The tutorials are in {place}; the local service is at {service.url}."
        output.answer({"tutorials": str(place), "url": service.url}, text)
        environment = {k: v for k, v in os.environ.items() if k not in _TOKENS}
        environment["BSPSA_ENDPOINT"] = service.url
        command = _command(options, place, first)
        lab = subprocess.Popen(command, cwd=place, env=environment)
        hand_to(lab)
        return _wait(lab)


@contextmanager
def signals_handed_on() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Forward SIGTERM and SIGHUP to JupyterLab.

    It would otherwise keep running in the background.

    Yields:
        function to call with the process of JupyterLab; a signal may have come before.
    """
    asked: list[int] = []
    running: list[subprocess.Popen[bytes]] = []

    def hand_on(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        for lab in running:
            lab.terminate()

    def hand_to(lab: subprocess.Popen[bytes]) -> None:
        running.append(lab)
        if asked:
            lab.terminate()

    signals = [one for one in _ENDS if signal.getsignal(one) != signal.SIG_IGN]  # by nohup, say
    before = {one: signal.signal(one, hand_on) for one in signals}
    try:
        yield hand_to
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _wait(lab: subprocess.Popen[bytes]) -> int:
    """Wait until JupyterLab ends. Ctrl-C reaches JupyterLab, too, which asks the user."""
    while True:
        try:
            code = lab.wait()
        except KeyboardInterrupt:
            continue
        return DONE if code in (0, -signal.SIGINT, -signal.SIGTERM) else code


def check_jupyter_folders() -> None:
    """Check that JupyterLab can write to its folders; it would fail with a traceback.

    Raises:
        BspsaError: it cannot.
    """
    from jupyter_core import paths

    folders = {
        "JUPYTER_RUNTIME_DIR": paths.jupyter_runtime_dir(),
        "JUPYTER_DATA_DIR": paths.jupyter_data_dir(),
        "JUPYTER_CONFIG_DIR": paths.jupyter_config_dir(),
    }
    if lost := [name for name, folder in folders.items() if not _can_write(Path(folder))]:
        raise BspsaError(
            f"JupyterLab cannot write to {folders[lost[0]]}.",
            advice=f"Set {' and '.join(lost)} to folders that you may write to.",
        )


def _can_write(folder: Path) -> bool:
    """Return whether the folder can be written, or created."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(there, os.W_OK | os.X_OK)


def copy_tutorials(place: Path) -> str:
    """Copy the tutorials that are not there yet; existing files are not changed.

    Args:
        place: target folder.

    Returns:
        file name of the first tutorial.
    """
    source = tutorials()
    for file in sorted(source.rglob("*")):
        inside = file.relative_to(source)
        if file.is_dir() or any(part.startswith((".", "__")) for part in inside.parts):
            continue
        target = place / inside
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return min(path.name for path in source.glob("*.ipynb"))


def tutorials() -> Path:
    """Return the folder of the tutorials: in the installed package, or in a checkout.

    Returns:
        the folder.

    Raises:
        BspsaError: the tutorials are not part of this installation.
    """
    package = Path(bspsa_widgets.__file__).parent
    for place in (package / "tutorials", package.parent / "notebooks"):
        if any(place.glob("*.ipynb")):
            return place
    raise BspsaError("The tutorials are not part of this installation.", advice="Install it anew.")


def _command(options: argparse.Namespace, place: Path, first: str) -> list[str]:
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={place}"]
    command.append(f"--LabApp.default_url=/lab/tree/{first}")
    if options.port is not None:
        command.append(f"--port={options.port}")
    if options.no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers: JupyterLab refuses root otherwise
    return command
