"""Before anything is sent: is the service there, does it take the token and the project?"""

from __future__ import annotations

import pytest

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.payload import JobForm, check_form
from bspsa_widgets.errors import (
    AccessRefused,
    BspsaError,
    NotFound,
    NotSent,
    ServiceFailure,
    TokenRefused,
    UnsafeEndpoint,
)
from bspsa_widgets.submission.preflight import Proof, prove
from tests.faulty_server import Account, FaultyServer, Reply, contract, run

REQUEST = check_form(JobForm(hpc="nsg", project="bsp_nsg_01")).request
DOWN = Reply(raw=b"", end="close")


def proved(account: Account) -> tuple[Proof | BspsaError, FaultyServer]:
    async def main() -> tuple[Proof | BspsaError, FaultyServer]:
        async with (
            FaultyServer(account) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            try:
                return await prove(client, REQUEST), server
            except BspsaError as error:
                return error, server

    found, server = run(main())
    assert {request.method for request in server.ledger} <= {"GET"}
    return found, server


def test_the_job_list_of_the_project_proves_the_token() -> None:
    jobs = contract("job.json")["lists"][0]["body"]
    found, server = proved(Account(jobs))
    assert isinstance(found, Proof)
    assert found.jobs is not None
    assert [job.raw for job in found.jobs] == jobs
    assert found.baseline == max(job["id"] for job in jobs)
    assert [request.target for request in server.ledger] == [
        *("/jobs/nsg/bsp_nsg_01/", "/quotas/nsg/bsp_nsg_01/")
    ]


@pytest.mark.parametrize(
    ("jobs", "quotas", "status", "expected"),
    [
        (Reply.html(), Reply.json([]), None, Proof),  # one broken job poisons the list
        (Reply.html(), Reply.html(), None, TokenRefused),
        (Reply.html(), Reply.html(), DOWN, ServiceFailure),
        (Reply.html(), Reply.html(503), None, ServiceFailure),
        (Reply.html(), DOWN, None, ServiceFailure),
        (Reply.html(502), Reply.json([]), None, Proof),
        (DOWN, DOWN, None, ServiceFailure),
        (Reply.json({"detail": "Invalid token."}, 401), None, None, TokenRefused),
        (Reply.json({"detail": "no"}, 403), None, None, AccessRefused),
        (Reply.json("Project not found!", 404), None, None, NotFound),
        (Reply.json("HPC not found!", 404), None, None, Proof),
        (Reply.html(404, "<h1>Not Found</h1>"), None, None, Proof),
        (Reply.json("what", 406), None, None, Proof),
        (Reply.html(302, "", headers=(("Location", "/login"),)), None, None, UnsafeEndpoint),
        (Reply.json("not here", 501), None, None, Proof),
        # Whatever answers like this is not the service: a login page, say.
        (Reply.html(200, "<form>Log in</form>"), Reply.json([]), None, ServiceFailure),
        (Reply.json("<html>"), Reply.json([]), None, ServiceFailure),
    ],
)
def test_each_answer_leads_on_or_stops_before_the_post(
    jobs: Reply, quotas: Reply | None, status: Reply | None, expected: type
) -> None:
    account = Account().on("GET", "/jobs/", jobs)
    if quotas:
        account.on("GET", "/quotas/", quotas)
    if status:
        account.on("GET", "/status/", status)
    found, _ = proved(account)
    assert type(found) is expected
    if isinstance(found, BspsaError):
        assert not found.job_may_exist


def test_an_unknown_project_is_told_at_its_field() -> None:
    found, _ = proved(Account().on("GET", "/jobs/", Reply.json("Project not found!", 404)))
    assert isinstance(found, NotFound)
    assert list(found.errors) == ["project"]


def test_a_service_that_is_not_there_is_not_sent() -> None:
    async def main() -> None:
        async with FaultyServer(Account()) as server:
            pass
        async with ServiceAccountClient(server.url, "t") as client:
            with pytest.raises(NotSent):
                await prove(client, REQUEST)

    run(main())
