"""Submissions do not blame each other's hours: what others took, or may have, is told apart."""

from __future__ import annotations

from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.states import Event, State
from bspsa_widgets.submission.quota_drop import QuotaDrop, read_drop
from tests.faulty_server import Account, FaultyServer, Reply, run
from tests.records.kept import WAYS, a_record

QUOTA = {"id": 1, "project_hpc": "PIZDAINT", "project_name": "bsp_pizdaint_01"}


def sent(state: State, minute: int, hours: float = 1.0, **changes: Any) -> Record:
    """A submission that was sent at that minute, and answered in the next."""
    payload = {"command": "ls", "runtime": str(hours), "title": ""}
    record = a_record(state, payload=payload, quota_before=10.0, **changes)
    states: list[State] = ["prepared", *WAYS[state]]
    times = [minute - 1, minute, minute + 1, minute + 2]
    history = tuple(
        Event(state=entered, at=f"2026-01-01T00:{at:02}:00.000+00:00")
        for entered, at in zip(states, times, strict=False)
    )
    return record.model_copy(update={"history": history})


def dropped(record: Record, others: list[Record], now: float | None) -> QuotaDrop | None:
    left = [] if now is None else [QUOTA | {"time_left": now * 3600}]
    account = Account().on("GET", "/quotas/", Reply.json(left))

    async def main() -> QuotaDrop | None:
        async with FaultyServer(account) as server:  # noqa: SIM117  a server outlives its client
            async with ServiceAccountClient(server.url, "t") as client:
                return await read_drop(client, record, [record, *others])

    return run(main())


def test_what_later_jobs_were_charged_is_not_this_submissions() -> None:
    record = sent("unconfirmed", 10)
    others = [sent("accepted", 20, 1.5), sent("accepted", 30, 0.5)]
    found = dropped(record, others, 7.0)
    assert found == QuotaDrop(3.0, known=2.0)
    assert found is not None
    assert found.own == 1.0


def test_what_was_sent_since_the_quota_was_read_is_not_this_submissions() -> None:
    """In a sweep it is read once: most of the others are sent between that and this one."""
    record = sent("unconfirmed", 30, quota_at="2026-01-01T00:05:00.000+00:00")
    others = [sent("accepted", minute) for minute in (2, 10, 20, 40)]
    assert dropped(record, others, 6.0) == QuotaDrop(4.0, known=3.0)


@pytest.mark.parametrize("state", ["sending", "unconfirmed", "over", "closed"])
def test_what_another_may_have_taken_is_told_as_that(state: State) -> None:
    found = dropped(sent("unconfirmed", 10), [sent(state, 20)], 9.0)
    assert found == QuotaDrop(1.0, others=1.0)
    assert found is not None
    assert (found.rest, found.own) == (1.0, 0.0)


def test_three_open_submissions_of_an_hour_do_not_each_say_three_hours() -> None:
    three = [sent("unconfirmed", minute) for minute in (10, 20, 30)]
    found = dropped(three[0], three[1:], 7.0)
    assert found == QuotaDrop(3.0, others=2.0)
    assert found is not None
    assert found.own == 1.0


@pytest.mark.parametrize(
    "other",
    [
        sent("accepted", 5),
        sent("not_sent", 20),
        sent("refused", 20),
        sent("prepared", 20),
        sent("accepted", 20, hpc="nsg"),
        sent("accepted", 20, project="another"),
        sent("accepted", 20, url="https://bspsa.example"),
    ],
    ids=["earlier", "not sent", "refused", "prepared", "system", "project", "service"],
)
def test_what_was_charged_before_elsewhere_or_not_at_all_does_not_count(other: Record) -> None:
    assert dropped(sent("unconfirmed", 10), [other], 9.0) == QuotaDrop(1.0)


def test_one_that_was_under_way_at_the_same_time_may_have_taken_it() -> None:
    """Its hours may have been taken before this submission's quota was read, or after."""
    other = sent("accepted", 9)
    later = other.history[-1].model_copy(update={"at": "2026-01-01T00:30:00.000+00:00"})
    other = other.model_copy(update={"history": (*other.history[:-1], later)})
    assert dropped(sent("unconfirmed", 10), [other], 9.0) == QuotaDrop(1.0, others=1.0)


def test_without_two_readings_nothing_is_known() -> None:
    record = sent("unconfirmed", 10)
    assert dropped(record, [], None) is None
    assert dropped(record.model_copy(update={"quota_before": None}), [], 5.0) is None
