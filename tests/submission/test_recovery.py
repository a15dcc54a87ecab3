"""What an ended program left open is cleared up by looking, and by one at a time."""

from __future__ import annotations

import asyncio

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import InvalidInput, Unconfirmed
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.states import STATES, State
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission.recovery import close, record_end, resume
from bspsa_widgets.submission.steps import Accepted
from tests.faulty_server import Account, FaultyServer, run
from tests.records.kept import a_job, a_record


def resumed(records: Records, record: Record, is_there: bool) -> list[object]:
    async def main() -> list[object]:
        account = Account([a_job(record)] if is_there else [])
        async with (
            FaultyServer(account) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            taken: list[object] = []
            try:
                async for step in resume(client, records, record, seconds=0):
                    taken.append(step)
            except Unconfirmed as error:
                taken.append(error)
            assert server.posts == 0
            return taken

    return run(main())


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("is_there", [True, False])
def test_each_state_is_taken_up_as_it_should(
    state: State, is_there: bool, records: Records
) -> None:
    record = a_record(state)
    records.save(record)
    taken = resumed(records, record, is_there)
    after = records.read(record.marker)
    assert after is not None
    if not record.is_open:
        assert taken == []
        assert after.state == ("not_sent" if state == "prepared" else state)
    elif is_there:
        assert isinstance(taken[-1], Accepted)
        assert after.state == "accepted"
    else:
        assert isinstance(taken[-1], Unconfirmed)
        assert after.state == "unconfirmed"
    claim = records.claim(record.marker)
    assert claim is not None  # it was given back
    claim.release()


def test_what_somebody_else_tends_is_left_to_them(records: Records) -> None:
    record = a_record("sending")
    records.save(record)
    claim = records.claim(record.marker)
    assert claim is not None
    assert resumed(records, record, True) == []
    assert records.read(record.marker) == record
    claim.release()


@pytest.mark.parametrize("state", STATES)
def test_only_an_open_record_is_closed_and_stays_closed(state: State, records: Records) -> None:
    record = a_record(state)
    records.save(record)
    if record.is_open or state == "closed":
        closed = asyncio.run(close(records, record))
        assert (closed.state, closed.is_open) == ("closed", False)
        assert records.read(record.marker) == closed
        assert resumed(records, closed, True) == []
    else:
        with pytest.raises(InvalidInput, match="not open"):
            asyncio.run(close(records, record))
        assert records.read(record.marker) == record


def test_what_somebody_looks_for_is_not_closed(records: Records) -> None:
    record = a_record("unconfirmed")
    records.save(record)
    claim = records.claim(record.marker)
    assert claim is not None
    with pytest.raises(InvalidInput, match="looking for its job"):
        asyncio.run(close(records, record))
    claim.release()
    assert records.read(record.marker) == record


@pytest.mark.parametrize("state", STATES)
def test_an_end_is_written_where_there_is_a_job(state: State, records: Records) -> None:
    record = a_record(state)
    records.save(record)
    job = Job.parse(a_job(record, stage="SUCCESSFUL", terminal_stage=True))
    run(record_end(records, record.marker, job))
    run(record_end(records, a_record().marker, job))  # of which there is no record
    after = records.read(record.marker)
    assert after is not None
    assert after.state == ("over" if state in ("accepted", "over") else state)
