"""A failed job's end is read from both streams; nothing is said of a job that has not failed."""

from __future__ import annotations

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.terminal.text import plain
from bspsa_widgets.logs.failure import Failure, failure_of
from tests.faulty_server import FaultyServer, Received, Reply
from tests.logs.logged import Logged
from tests.virtual_time import run_virtual

PRINTED = {"stdout": b"begun\nDUE TO TIME LIMIT\n", "stderr": b"\x1b[31mone\x1b[0m\ntwo\n"}


def asked(service: Logged) -> tuple[Failure | None, int]:
    """What is known of the failure, and how many requests it took."""

    async def main() -> tuple[Failure | None, int]:
        async with FaultyServer(service) as server, ServiceAccountClient(server.url, "t") as client:
            return await failure_of(client, service.ref, service.job), len(server.ledger)

    return run_virtual(main())


def printed(stream: str, _: float) -> bytes | None:
    return PRINTED[stream]


@pytest.mark.parametrize("hpc", ["pizdaint", "nsg"])
def test_both_ends_are_read_and_the_cause_may_stand_in_either(hpc: str) -> None:
    failure, _ = asked(Logged(printed, hpc, ends=0, failed=True))
    assert failure is not None
    assert plain(failure.stderr.lines) == ["one", "two"]
    assert plain(failure.stdout.lines) == ["begun", "DUE TO TIME LIMIT"]
    assert failure.stderr.is_final
    assert failure.cause is not None
    assert failure.cause.rule == "wall time"


def test_an_end_that_tells_nothing_is_no_cause() -> None:
    failure, _ = asked(Logged(lambda *_: b"two\n", ends=0, failed=True))
    assert failure is not None
    assert failure.cause is None


def test_a_stream_that_cannot_be_read_does_not_hide_the_other() -> None:
    def fails(request: Received) -> Reply | None:
        return Reply.html(500) if "stderr" in request.target else None

    failure, _ = asked(Logged(printed, ends=0, failed=True, fails=fails))
    assert failure is not None
    assert failure.stderr.problem
    assert failure.cause is not None


@pytest.mark.parametrize("service", [Logged(printed), Logged(printed, ends=0)])
def test_of_a_job_that_is_not_known_to_have_failed_nothing_is_asked(service: Logged) -> None:
    assert asked(service) == (None, 0)
