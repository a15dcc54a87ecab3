"""A Slurm of our own on this machine: munge, controller and node, started by hand.

Everything lies in one folder, with own ports and sockets; what was started is ended by
its process id. It needs root, as Slurm's daemons do.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "srun")
PACKAGES = ("slurm-wlm", "munge")

_PATIENCE = 20.0  # seconds for a daemon to answer; it takes less than one
_CONF = """
ClusterName=bspsa
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=2000,sched_interval=1,bf_interval=1
EnforcePartLimits=ALL
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=256
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
ReturnToService=2
KillWait=5
InactiveLimit=0
OverTimeLimit=0
MinJobAge={min_job_age}
PropagateResourceLimits=NONE
MessageTimeout=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 Boards=1 SocketsPerBoard=1 CoresPerSocket=2 \
ThreadsPerCore=1 RealMemory=4000
PartitionName=local Nodes=ALL Default=YES MaxTime=02:00:00 DefaultTime=01:00:00 State=UP
"""


def missing() -> str:
    """What is not there for a Slurm on this machine; empty where it can be started."""
    if os.geteuid() != 0:
        return "Slurm's daemons need root"
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    lost = [name for name in NEEDED if shutil.which(name, path=path) is None]
    return f"{', '.join(lost)} not installed (apt-get install {' '.join(PACKAGES)})" if lost else ""


class Slurm:
    """A cluster of one node with two cores, for as long as the `with` block.

    Args:
        min_job_age: seconds that it remembers a job that is over.

    Attributes:
        conf: what its commands find in SLURM_CONF. host: its node's name.
    """

    def __init__(self, *, min_job_age: int = 3600) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.host = socket.gethostname().partition(".")[0]
        self.conf = self._folder / "slurm.conf"
        for name in ("state", "spool"):
            (self._folder / name).mkdir(mode=0o755)
        self.conf.write_text(
            _CONF.format(
                folder=self._folder,
                host=self.host,
                controller=_free_port(),
                node=_free_port(),
                min_job_age=min_job_age,
            )
        )

    def __enter__(self) -> Self:
        self._folder.chmod(0o755)
        try:
            self._start_munge()
            self.start_controller()
            self._start("slurmd", "-D", "-f", str(self.conf))
            self.mend_node()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def environment(self) -> dict[str, str]:
        return {"SLURM_CONF": str(self.conf)}

    def ask(self, *command: str) -> str:
        """What one of Slurm's commands prints; empty where it fails."""
        ours = os.environ | self.environment
        done = subprocess.run(command, env=ours, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else ""

    def start_controller(self) -> None:
        self._start("slurmctld", "-D", "-f", str(self.conf))
        self._until("the controller", lambda: "UP" in self.ask("scontrol", "ping"))

    def kill_controller(self) -> None:
        """As when its machine loses power, once it has written down what it knows now.

        It does so within five seconds. What began since is forgotten, and started again.
        """
        now, written = time.time(), self._folder / "state" / "job_state"
        self.ask("scontrol", "reconfigure")
        self._until("the saved state", lambda: _changed(written) > now)
        controller = self._daemons.pop("slurmctld")
        controller.kill()
        controller.wait()

    def set_node(self, state: str, reason: str = "") -> None:
        given = [f"Reason={reason}"] if reason else []
        self.ask("scontrol", "update", f"NodeName={self.host}", f"State={state}", *given)

    def mend_node(self) -> None:
        """Until the node takes jobs; it is asked to where it does not by itself."""

        def is_up() -> bool:
            if self._node_state() in ("idle", "mixed", "allocated"):
                return True
            self.set_node("RESUME")
            time.sleep(0.2)
            return False

        self._until("the node", is_up)

    def _node_state(self) -> str:
        return self.ask("sinfo", "-h", "-o", "%T").strip()

    def close(self) -> None:
        """End all jobs and daemons."""
        if "slurmctld" in self._daemons:
            self.ask("scancel", "--user=root")
            with suppress(AssertionError):
                self._until("no job", lambda: not self.ask("squeue", "-h"))
        for name in ("slurmd", "slurmctld", "munged"):
            if daemon := self._daemons.pop(name, None):
                daemon.terminate()
                try:
                    daemon.wait(10)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start_munge(self) -> None:
        key = self._folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        names = {"key-file": "munge.key", "socket": "munge.sock", "pid-file": "munge.pid"}
        names |= {"log-file": "munge.log", "seed-file": "munge.seed"}
        options = [f"--{option}={self._folder / name}" for option, name in names.items()]
        self._start("munged", "--foreground", "--force", *options)
        self._until("munge", (self._folder / "munge.sock").exists)

    def _start(self, program: str, *options: str) -> None:
        path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
        with (self._folder / f"{program}.out").open("ab") as out:
            self._daemons[program] = subprocess.Popen(
                [shutil.which(program, path=path) or program, *options],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | self.environment,
                start_new_session=True,
            )

    def _until(self, what: str, look: object) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not look():  # type: ignore[operator]
            if time.monotonic() > deadline:
                logs = [path.read_text(errors="replace")[-1500:] for path in self._logs()]
                raise AssertionError("\n".join([f"Slurm: {what} does not answer.", *logs]))
            time.sleep(0.02)

    def _logs(self) -> Iterator[Path]:
        yield from self._folder.glob("*.log")
        yield from self._folder.glob("*.out")


def _changed(path: Path) -> float:
    """When a file was written last, in seconds since 1970; 0 where there is none."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    # For trying out by hand: a Slurm until Ctrl-C.
    with Slurm() as slurm:
        print(json.dumps(slurm.environment), flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            signal.pause()
    sys.exit(0)
