"""Where a panel is shown, by what its views say."""

from __future__ import annotations

import pytest

from bspsa_widgets.widgets.base import views
from bspsa_widgets.widgets.base.views import MOST_VIEWS, WATCHED_SECONDS, Views


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(views, "time", made)
    return made


def test_a_new_one_may_be_watched_for_a_while(clock: Clock) -> None:
    made = Views()
    assert (made.was_shown, made.is_watched, made.is_gone) == (False, True, False)
    clock.now += WATCHED_SECONDS
    assert (made.was_shown, made.is_watched, made.is_gone) == (False, False, False)


def test_one_of_which_nothing_is_heard_is_not_watched_but_may_be_shown(clock: Clock) -> None:
    made = Views()
    made.heard("a")
    clock.now += WATCHED_SECONDS
    assert (made.was_shown, made.is_watched, made.is_gone) == (True, False, False)
    made.heard("a")
    assert made.is_watched


def test_it_is_gone_once_the_last_view_has_gone_with_its_output(clock: Clock) -> None:
    gone: list[float] = []
    made = Views(lambda: gone.append(clock.now))
    made.heard("a")
    made.heard("b")
    made.left("a", is_gone=True)
    assert (made.is_watched, made.is_gone, gone) == (True, False, [clock.now])
    made.left("b", is_gone=True)
    assert (made.is_watched, made.is_gone, gone) == (False, True, 2 * [clock.now])
    made.heard("c")  # shown again
    assert (made.is_watched, made.is_gone) == (True, False)


def test_it_is_not_gone_where_the_notebook_was_closed(clock: Clock) -> None:
    gone: list[float] = []
    made = Views(lambda: gone.append(clock.now))
    made.heard("a")
    made.left("a", is_gone=False)
    assert (made.is_watched, made.is_gone, gone) == (False, False, [])


def test_a_view_that_goes_as_another_has_fallen_silent_is_the_last(clock: Clock) -> None:
    made = Views()
    made.heard("reloaded")
    clock.now += WATCHED_SECONDS
    made.heard("a")
    made.left("a", is_gone=True)
    assert made.is_gone


def test_views_of_many_reloads_are_not_kept(clock: Clock) -> None:
    made = Views()
    for number in range(3 * MOST_VIEWS):
        made.heard(str(number))
    assert len(made._heard) == MOST_VIEWS
