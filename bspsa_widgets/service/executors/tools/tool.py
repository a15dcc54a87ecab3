"""What a tool is, as data: what it runs, how its main file is found, what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class InstalledTool:
    """One of NSG's tools, as it runs here.

    In a command, `{python}` is the Python that runs the tool, `{main}` the main file as
    seen from the archive's top-level folder, `{processes}` nodes times cores, and any
    other name in braces a program that is looked for beside that Python, then on PATH.

    Attributes:
        key: its name in `service.toml`. label: its name for people.
        ids: NSG's ids that it serves. part: other ids that hold this text are served, too.
        runs: what a main file is run with, by the file's suffix.
        parallel: the same for several processes, used where all its programs are there.
        main_names: main files that need not be named, NSG's own default for the tool first. What
            is not that default is run here, and said: NSG may start nothing, or another file.
        module: the Python module without which it cannot run; empty: it needs none.
        distribution: what the module comes with, for its version.
        programs: that it needs besides.
        compiler: a program for the `.mod` files beside the main file.
        install: what to do where it is missing.
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
        """Whether a job with this tool is run by it."""
        return tool_id in self.ids or bool(self.part and self.part in tool_id.upper())

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Of the main files that it runs."""
        return tuple(self.runs)
