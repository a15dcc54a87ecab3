"""Looks at a job grow apart, quick after a change and slow in a queue."""

from __future__ import annotations

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.jobs.polling.interval import PollInterval


def test_looks_grow_apart_with_jitter_up_to_a_cap() -> None:
    interval = PollInterval()
    seconds = [interval.seconds(looks, "RUNNING") for looks in range(60)]
    assert 1.8 <= seconds[0] <= 2.2
    assert all(1.8 <= each <= 33 for each in seconds)
    assert min(seconds[20:]) >= 27
    assert len(set(seconds)) == 60
    assert interval.seconds(10**9) <= 33


@pytest.mark.parametrize("stage", ["QUEUED", "QUEUE"])
def test_a_long_queue_is_looked_at_seldom(stage: str) -> None:
    interval = PollInterval()
    seconds = [interval.seconds(looks, stage) for looks in range(60)]
    assert seconds[0] <= 2.2
    assert all(108 <= each <= 132 for each in seconds[20:])


def test_the_local_service_is_looked_at_more_often() -> None:
    local = PollInterval.for_client(ServiceAccountClient("http://127.0.0.1:1", "t"))
    real = PollInterval.for_client(ServiceAccountClient(token="t"))
    assert max(local.longest, local.longest_in_queue) < real.first + 1
    assert real == PollInterval()
