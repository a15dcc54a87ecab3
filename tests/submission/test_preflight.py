"""Before anything is sent: is the service there, does it take the token and the project?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
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
from bspsa_widgets.submission import preflight
from bspsa_widgets.submission.preflight import AccountCheck, prove, read_account
from tests.faulty_server import Account, FaultyServer, Reply, contract, run

DOWN = Reply(raw=b"", end="close")
QUOTA = {"id": 1, "project_hpc": "NSG", "project_name": "bsp_nsg_01", "time_left": 7200}
OTHER = QUOTA | {"project_name": "bsp_nsg_02", "time_left": 1}


def proved(
    account: Account, project: str = "bsp_nsg_01"
) -> tuple[AccountCheck | BspsaError, list[str]]:
    """What it ended in, and what was asked for."""
    request = check_form(JobForm(hpc="nsg", project=project)).request

    async def main() -> tuple[AccountCheck | BspsaError, FaultyServer]:
        async with (
            FaultyServer(account) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            try:
                return await prove(client, request), server
            except BspsaError as error:
                return error, server

    found, server = run(main())
    assert {request.method for request in server.ledger} <= {"GET"}
    return found, [request.target for request in server.ledger]


def test_the_quota_of_the_project_proves_the_token_and_no_list_is_asked_for() -> None:
    jobs = contract("job.json")["lists"][0]["body"]
    found, asked = proved(Account(jobs).on("GET", "/quotas/", Reply.json(QUOTA)))
    assert isinstance(found, AccountCheck)
    assert found.hours_left == 2.0
    assert abs((datetime.now(UTC) - datetime.fromisoformat(found.at)).total_seconds()) < 10
    assert asked == ["/quotas/nsg/bsp_nsg_01/"]


def test_the_default_project_is_not_named_since_its_group_may_be_anothers() -> None:
    found, asked = proved(Account().on("GET", "/quotas/", Reply.json([OTHER, QUOTA])), "")
    assert isinstance(found, AccountCheck)
    assert found.hours_left == 2.0
    assert asked == ["/quotas/nsg/"]


@pytest.mark.parametrize(
    ("quotas", "jobs", "status", "expected"),
    [
        (Reply.json([]), None, None, AccountCheck),
        (Reply.html(), Reply.html(), None, TokenRefused),
        (Reply.html(), Reply.html(), DOWN, ServiceFailure),
        (Reply.html(), Reply.html(503), None, ServiceFailure),
        (Reply.html(), DOWN, None, ServiceFailure),
        # Only the quotas are broken: the list proves the token as well.
        (Reply.html(), Reply.json([]), None, AccountCheck),
        (Reply.html(502), Reply.json([]), None, AccountCheck),
        (Reply.json("what", 406), Reply.json([]), None, AccountCheck),
        (Reply.html(), Reply.json("Project not found!", 404), None, NotFound),
        (Reply.html(), Reply.json({"detail": "no"}, 403), None, AccessRefused),
        (Reply.html(), Reply.html(404), None, ServiceFailure),
        (DOWN, Reply.json([]), None, ServiceFailure),
        (Reply.json({"detail": "Invalid token."}, 401), None, None, TokenRefused),
        (Reply.json({"detail": "no"}, 403), None, None, AccessRefused),
        (Reply.json("Project not found!", 404), None, None, NotFound),
        (Reply.json("Quota not found!", 404), None, None, AccountCheck),
        (Reply.json("HPC not found!", 404), None, None, AccountCheck),
        (Reply.html(404, "<h1>Not Found</h1>"), None, None, AccountCheck),
        (Reply.html(302, "", headers=(("Location", "/login"),)), None, None, UnsafeEndpoint),
        (Reply.json("not here", 501), None, None, AccountCheck),
        # Whatever answers like this is not the service: a login page, say.
        *(
            (Reply.html(200, page), Reply.html(200, page), None, ServiceFailure)
            for page in ("<form>Log in</form>", '"<html>"')
        ),
    ],
)
def test_each_answer_leads_on_or_stops_before_the_post(
    quotas: Reply, jobs: Reply | None, status: Reply | None, expected: type
) -> None:
    account = Account().on("GET", "/quotas/", quotas)
    if jobs:
        account.on("GET", "/jobs/", jobs)
    if status:
        account.on("GET", "/status/", status)
    found, _ = proved(account)
    assert type(found) is expected
    if isinstance(found, BspsaError):
        assert not found.job_may_exist


@pytest.mark.parametrize("path", ["/quotas/", "/jobs/"])
def test_an_unknown_project_is_told_at_its_field(path: str) -> None:
    account = Account().on("GET", path, Reply.json("Project not found!", 404))
    found, _ = proved(account.on("GET", "/quotas/", Reply.html()) if path == "/jobs/" else account)
    assert isinstance(found, NotFound)
    assert list(found.errors) == ["project"]


def test_a_service_that_is_not_there_is_not_sent() -> None:
    async def main() -> None:
        async with FaultyServer(Account()) as server:
            pass
        async with ServiceAccountClient(server.url, "t") as client:
            with pytest.raises(NotSent):
                await prove(client, check_form(JobForm(hpc="nsg")).request)

    run(main())


def read(answers: Account) -> preflight.Account:
    async def main() -> preflight.Account:
        async with (
            FaultyServer(answers) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await read_account(client)

    return run(main())


def test_both_are_read() -> None:
    quotas = contract("quotas.json")["list"]["body"]
    found = read(Account().on("GET", "/quotas/", Reply.json(quotas)))
    assert [quota.raw for quota in found.quotas] == quotas
    assert found.projects == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [(Reply.json({"bsp-service-account-status": 1}), TokenRefused), (Reply.html(), ServiceFailure)],
    ids=["the service runs: the token is bad", "the service is down"],
)
def test_the_services_way_with_a_bad_token_is_told_from_a_fault(
    status: Reply, kind: type[BspsaError]
) -> None:
    with pytest.raises(BspsaError) as caught:
        read(Account().on("GET", "/quotas/", Reply.html()).on("GET", "/status/", status))
    assert type(caught.value) is kind
