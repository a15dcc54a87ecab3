"""Computes the time between two polls of a job."""

from __future__ import annotations

import random
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient

_WAITING = frozenset({"QUEUED", "QUEUE"})  # stages that last for hours or days
DAY = 86_400.0
_FACTOR_WHILE_LOST = 1.5  # polled ever more rarely, but never given up


class PollInterval(NamedTuple):
    """Poll interval: it grows from `first` by `factor` up to `longest`.

    For each poll, the real service sends three requests to EBRAINS and one to the HPC system. If
    many jobs are followed, they are polled together and less often (`Poller`).

    Attributes:
        first: first interval, in seconds.
        factor: growth of the interval with each poll.
        longest: longest interval, in seconds.
        longest_in_queue: longest interval for a job in a queue, in seconds.
    """

    first: float = 2.0
    factor: float = 1.3
    longest: float = 30.0
    longest_in_queue: float = 120.0

    @classmethod
    def for_client(cls, client: ServiceAccountClient) -> PollInterval:
        """Return the poll interval that suits a service.

        Args:
            client: client of the service.

        Returns:
            short intervals for a service on this computer.
        """
        return cls(0.2, 1.2, 2.0, 2.0) if client.endpoint.is_loopback else cls()

    def seconds(self, looks: int, stage: str = "") -> float:
        """Return the time until the next poll, with 10 % of jitter.

        Args:
            looks: number of polls since the stage changed.
            stage: stage of the job as last seen.

        Returns:
            seconds.
        """
        longest = self.longest_in_queue if stage in _WAITING else self.longest
        plain = min(self.first * self.factor ** min(looks, 100), longest)
        return plain * random.uniform(0.9, 1.1)  # noqa: S311  (no secret depends on it)

    def seconds_while_lost(self, looks: int) -> float:
        """Return the time until the next poll of a job that is not shown any more.

        Args:
            looks: number of polls since the job is considered lost.

        Returns:
            seconds.
        """
        plain = min(self.longest * _FACTOR_WHILE_LOST ** min(looks, 100), DAY)
        return plain * random.uniform(0.9, 1.1)  # noqa: S311  (no secret depends on it)
