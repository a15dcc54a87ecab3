"""Repetitions come without waiting here; the tests of the waiting itself use virtual time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=99, cap=True):
        yield
