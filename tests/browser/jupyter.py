"""A real JupyterLab for the browser tests, on a folder and with settings of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 10.0

# No look at the news of the JupyterLab project: tests talk to this machine only.
_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    }
}


class Jupyter:
    """A server that is up when the object is made, until `stop()`.

    Args:
        folder: what it serves.
        state: where its settings, logs and the local service's jobs are kept.
    """

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.service_dir = state / "service"
        self.data = state / "data"
        self.submissions = state / "user-data" / "bspsa-widgets" / "submissions"
        self._log = state / "jupyter.log"
        (state / "config" / "labconfig").mkdir(parents=True)
        overrides = state / "config" / "labconfig" / "default_setting_overrides.json"
        overrides.write_text(json.dumps(_SETTINGS))
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *self._options()],
                cwd=folder,
                env=self._environment(state),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def end_kernels(self) -> None:
        """End every kernel, and so its local service and jobs, however busy it is."""
        with urllib.request.urlopen(f"{self.url}/api/sessions", timeout=STOP_SECONDS) as answer:
            sessions = json.load(answer)
        for session in sessions:
            ending = urllib.request.Request(
                f"{self.url}/api/sessions/{session['id']}", method="DELETE"
            )
            urllib.request.urlopen(ending, timeout=STOP_SECONDS).close()

    def stop(self) -> None:
        """End the server and its kernels."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _options(self) -> list[str]:
        return [
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--IdentityProvider.token=",
            "--ServerApp.password=",
            "--ServerApp.disable_check_xsrf=True",
            f"--ServerApp.root_dir={self.folder}",
            "--LabApp.extension_manager=readonly",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]

    def _environment(self, state: Path) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "XDG_STATE_HOME": "state",
            "XDG_DATA_HOME": "user-data",
            "XDG_CONFIG_HOME": "xdg",
        }
        ours = {name: str(state / folder) for name, folder in folders.items()}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BSPSA_", "CLB_"))}
        return kept | ours | {"BSPSA_SERVICE_DIR": str(self.service_dir)}

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"JupyterLab ended:\n{self._log.read_text()[-2000:]}")
            try:
                with urllib.request.urlopen(f"{self.url}/api/status", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)  # between two looks; the deadline bounds them
        self.stop()
        raise RuntimeError(f"JupyterLab did not answer:\n{self._log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
