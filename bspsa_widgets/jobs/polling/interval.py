"""How long to wait between two looks at a job."""

from __future__ import annotations

import random
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient

_WAITING = frozenset({"QUEUED", "QUEUE"})  # stages that last for hours or days
DAY = 86_400.0
_FACTOR_WHILE_LOST = 1.5  # so that what is not shown for long costs little, and is never given up


class Pace(NamedTuple):
    """Seconds between looks: from `first`, growing by `factor`, to `longest`.

    Each look costs the real service three calls to EBRAINS and one to the HPC system. A job
    in a queue is looked at ever more seldom, up to every `longest_in_queue`. Where many jobs
    are followed, they are looked at together, and more seldom (`Poller`).
    """

    first: float = 2.0
    factor: float = 1.3
    longest: float = 30.0
    longest_in_queue: float = 120.0

    @classmethod
    def for_client(cls, client: ServiceAccountClient) -> Pace:
        """What suits the endpoint."""
        return cls(0.2, 1.2, 2.0, 2.0) if client.endpoint.is_loopback else cls()

    def seconds(self, looks: int, stage: str = "") -> float:
        """Before the next look; with 10 % of jitter, so that views spread.

        Args:
            looks: how many there were since the stage changed.
            stage: the job's, as last seen.
        """
        longest = self.longest_in_queue if stage in _WAITING else self.longest
        plain = min(self.first * self.factor ** min(looks, 100), longest)
        return plain * random.uniform(0.9, 1.1)  # noqa: S311  (no secret depends on it)

    def seconds_while_lost(self, looks: int) -> float:
        """Return how long to wait before the next look at a job that is not shown any more.

        Args:
            looks: how many there were since it has been taken to be lost.
        """
        plain = min(self.longest * _FACTOR_WHILE_LOST ** min(looks, 100), DAY)
        return plain * random.uniform(0.9, 1.1)  # noqa: S311  (no secret depends on it)
