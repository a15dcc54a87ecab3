"""A tool as data: what it runs, how its main file is found, what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class InstalledTool:
    """One of NSG's tools, as it runs on this machine.

    In a command, `{python}` is the Python that runs the tool, `{main}` the main file relative to
    the archive's top-level folder, and `{processes}` nodes times cores. Any other name in braces
    is a program that is looked for beside that Python, then on PATH.

    Attributes:
        key: its key in `service.toml`.
        label: its name for users.
        ids: NSG's ids that it serves.
        runs: command for a main file, by the file's suffix.
        install: how to install it.
        part: further ids that contain this text are served as well; empty: none.
        parallel: command for several processes, by suffix; used if all its programs exist.
        main_names: main files that need not be named, NSG's default for the tool first. If
            another one is found, the job's user is told: NSG may start nothing, or another file.
        module: Python module that it needs; empty: none.
        distribution: distribution of the module, for the version.
        programs: further programs that it needs.
        compiler: program that compiles `.mod` files beside the main file; empty: none.
    """

    key: str
    label: str
    ids: tuple[str, ...]
    runs: Mapping[str, tuple[str, ...]]
    install: str
    part: str = ""
    parallel: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    main_names: tuple[str, ...] = ("input.py", "init.py", "main.py", "run.py")
    module: str = ""
    distribution: str = ""
    programs: tuple[str, ...] = ()
    compiler: str = ""

    def serves(self, tool_id: str) -> bool:
        """Return whether it runs jobs of an NSG tool.

        Args:
            tool_id: the tool's id on NSG.

        Returns:
            True if it does.
        """
        return tool_id in self.ids or bool(self.part and self.part in tool_id.upper())

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of the main files that it runs."""
        return tuple(self.runs)
