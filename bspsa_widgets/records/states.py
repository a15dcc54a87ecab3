"""States of a submission, and which may follow which.

    prepared ─→ sending ─┬→ accepted ─→ over
       │           │     ├→ refused        the service says that there is no job
       └─→ not_sent ←────┤                 no byte was sent
                         └→ unconfirmed ─┬→ accepted
                                         └→ closed   by the user, who stops waiting

A state may also be entered again, with more known of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

State = Literal[
    "prepared", "sending", "accepted", "refused", "not_sent", "unconfirmed", "over", "closed"
]

STATES: tuple[State, ...] = get_args(State)

NEXT_STATES: dict[State, frozenset[State]] = {
    "prepared": frozenset({"sending", "not_sent"}),
    "sending": frozenset({"sending", "accepted", "refused", "not_sent", "unconfirmed", "closed"}),
    "unconfirmed": frozenset({"unconfirmed", "accepted", "closed"}),
    "accepted": frozenset({"accepted", "over"}),
    "closed": frozenset({"closed"}),
    "refused": frozenset({"refused"}),
    "not_sent": frozenset(),
    "over": frozenset({"over"}),
}


class Event(BaseModel):
    """A state that the submission entered.

    Attributes:
        state: the new state.
        at: when, ISO 8601, UTC.
        words: message at that time; may be "".
    """

    model_config = ConfigDict(frozen=True)

    state: State
    at: str
    words: str = ""

    @classmethod
    def now(cls, state: State, words: str = "") -> Event:
        """Return the event that a submission enters a state now.

        Args:
            state: the new state.
            words: message for the history.

        Returns:
            The event.
        """
        return cls(state=state, at=date_now(), words=words)


def date_now() -> str:
    """Return the current time, by which records are ordered.

    Returns:
        ISO 8601, UTC, to the millisecond.
    """
    return datetime.now(UTC).isoformat(timespec="milliseconds")
