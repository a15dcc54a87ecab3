"""What users have used, read beside a running service: nothing is written or migrated."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.catalogue import LocalProject
from bspsa_widgets.service.schema import USED_IN_1, check_version

_PATIENCE = 10.0  # seconds that the service may hold its file


class Usage(NamedTuple):
    """All users, also those that are gone.

    Attributes:
        used: seconds by (user, system, project). jobs: how many, by user.
    """

    used: Mapping[tuple[str, str, str], int]
    jobs: Mapping[str, int]

    def knows(self, user: str) -> bool:
        """There was somebody of this name: jobs may have been removed, what they used was not."""
        return user in self.jobs or any(name == user for name, _, _ in self.used)

    def seconds(self, user: str, project: LocalProject) -> int:
        return self.used.get((user, project.hpc, project.name), 0)


def read_usage(directory: Path) -> Usage:
    """From `service.db`; empty before the service's first start.

    Raises:
        LocalServiceError: the file is damaged or of a later version.
    """
    path = (directory / "service.db").absolute()
    if not path.exists():
        return Usage({}, {})
    try:
        uri = f"{path.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE)) as database:
            return _usage(database)
    except sqlite3.Error as error:
        raise LocalServiceError(
            f"The local service's database {path} cannot be read ({error}).",
            advice="Move it away, or choose another directory.",
        ) from error


def _usage(database: sqlite3.Connection) -> Usage:
    version = check_version(database)
    if version == 0:
        return Usage({}, {})  # a service that is just making it
    query = USED_IN_1 if version == 1 else "SELECT owner, hpc, project, seconds FROM used"
    used = {(owner, hpc, project): int(n) for owner, hpc, project, n in database.execute(query)}
    counted = database.execute("SELECT owner, COUNT(*) FROM jobs GROUP BY owner")
    return Usage(used, {owner: int(count) for owner, count in counted})
