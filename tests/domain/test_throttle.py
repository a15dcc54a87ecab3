"""Progress is told often enough to be seen, and no oftener."""

from __future__ import annotations

import time

import pytest

from bspsa_widgets.domain.throttle import UPDATES_PER_SECOND, throttled


def test_the_first_is_told_and_then_ten_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    told: list[tuple[int, int]] = []
    tell = throttled(lambda done, total: told.append((done, total)))
    for done in range(1000):  # in ten seconds
        tell(done, 1000)
        now += 0.01
    assert told[0] == (0, 1000)
    assert 90 <= len(told) <= 10 * UPDATES_PER_SECOND
    assert told == sorted(told)
