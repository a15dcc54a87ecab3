"""States of a submission, and which may follow which.

    prepared ─→ sending ─┬→ accepted ─→ over
       │           │     ├→ refused        the service says that there is no job
       └─→ not_sent ←────┤                 no byte was sent
                         └→ unconfirmed ─┬→ accepted
                                         └→ closed   by the user, who stops waiting

A state may also be entered again, with more known of it.
"""

from __future__ import annotations

from typing import Literal, get_args

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
