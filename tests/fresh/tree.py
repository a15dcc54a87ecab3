"""A Debian tree of its own: made by debootstrap, entered as root or as a user."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterable
from contextlib import AbstractContextManager
from fnmatch import fnmatchcase
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

from tests.fresh import namespaces

SUITES = {"12": "bookworm", "13": "trixie"}
USER = "researcher"
# How this machine reaches the network is handed on; all else of its environment stays away.
HANDED_ON = (
    *("*_proxy", "*_PROXY", "PIP_*", "UV_*", "NPM_CONFIG_*", "npm_config_*"),
    *("SSL_CERT_*", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_*"),
)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Tree:
    """A tree, with what of this machine it is to see.

    Args:
        folder: where it lies, or is to lie.
        shown: files and folders of this machine that are seen at the same place, read-only.
    """

    def __init__(self, folder: Path, shown: Iterable[Path] = ()) -> None:
        self.folder = folder
        self._shown = tuple(path.absolute() for path in shown)

    def make(self, suite: str, mirror: str) -> None:
        """Install the base system alone, and a user: all of it, or the folder is not there."""
        part = Tree(self.folder.with_name(f"{self.folder.name}.part"), self._shown)
        part.remove()  # of a process that was killed
        try:
            part._install(suite, mirror)
            part.folder.rename(self.folder)
        finally:
            part.remove()

    def _install(self, suite: str, mirror: str) -> None:
        command = ["debootstrap", "--variant=minbase", suite, self.folder, mirror]
        if namespaces.run(command) != 0:
            raise RuntimeError(f"debootstrap did not make {self.folder}")
        settings = self.folder / "etc/apt/apt.conf.d/90no-questions"
        settings.write_text('APT::Get::Assume-Yes "true";\n', encoding="ascii")
        (self.folder / "etc/hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
        if self.run(f"useradd --create-home --shell /bin/bash {USER}", "root") != 0:
            raise RuntimeError(f"{self.folder} has no user")

    def copy(self, target: Path) -> Tree:
        """The same once more, elsewhere."""
        if namespaces.run(["cp", "--archive", self.folder, target]) != 0:
            raise RuntimeError(f"{self.folder} was not copied to {target}")
        return Tree(target, self._shown)

    def home(self, user: str) -> Path:
        """Of a user, as seen inside."""
        return Path("/root") if user == "root" else Path("/home", user)

    def run(self, line: str, user: str, folder: Path | None = None) -> int:
        """Type a line, wait for its end, and return its exit code."""
        return namespaces.run(self._command(line, user, folder))

    def started(
        self, line: str, user: str, folder: Path | None = None
    ) -> AbstractContextManager[Popen[str]]:
        """Type a line that goes on until the end of the block; what it prints can be read."""
        return namespaces.started(self._command(line, user, folder), stdout=PIPE, stderr=STDOUT)

    def _command(self, line: str, user: str, folder: Path | None) -> list[str]:
        """Return what enters the tree; to be run in namespaces of its own, for its mounts."""
        root = shlex.quote(str(self.folder))
        mounts = [
            # Its own devices: root in the tree could change this machine's, /dev/null among them.
            f"mount -t devpts -o newinstance,ptmxmode=666 devpts {root}/dev/pts",
            f"mount -t tmpfs -o mode=1777 shm {root}/dev/shm",
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /sys {root}/sys",
            *(self._show(path) for path in self._shown),
        ]
        home = str(self.home(user))
        variables = {"HOME": home, "USER": user, "LOGNAME": user, "PATH": PATH, "LANG": "C.UTF-8"}
        variables |= {
            name: value
            for name, value in os.environ.items()
            if any(fnmatchcase(name, pattern) for pattern in HANDED_ON)
        }
        typed = f"cd {shlex.quote(str(folder or home))} && {line}"
        shell = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
        shell += ["bash", "-c", typed]
        entered = ["chroot", f"--userspec={user}:{user}", str(self.folder), *shell]
        # Not its last command: a shell that becomes another user would outlive its parent.
        script = " && ".join([*mounts, shlex.join(entered)]) + "; exit $?"
        return ["sh", "-c", script]

    def _show(self, path: Path) -> str:
        """A command that has it seen inside; an empty one stands in its place beforehand."""
        place = self.folder / path.relative_to("/")
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.mkdir() if path.is_dir() else place.touch()
        source, target = shlex.quote(str(path.resolve())), shlex.quote(str(place))
        return f"mount --bind {source} {target} && mount -o remount,ro,bind {target}"

    def remove(self) -> None:
        """Remove it, where it is there; nothing is mounted in it any more: see `namespaces`."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
