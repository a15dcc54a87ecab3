"""What was seen of a job, and when."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import BspsaError


class Look(NamedTuple):
    """What was seen: the job as last known, when that was true, and what went wrong since."""

    job: Job
    at: datetime
    problem: BspsaError | None = None
