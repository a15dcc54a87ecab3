"""One proof for many submissions, as long as the service goes on answering to the token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.get import ACCEPTED_SECONDS
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.payload import JobForm, JobRequest, check_form
from bspsa_widgets.errors import BspsaError, NotFound, TokenRefused
from bspsa_widgets.submission.proofs import AccountChecks
from tests.conftest import SealArchive
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.virtual_time import run_virtual

NSG = check_form(JobForm(hpc="nsg")).request
DAINT = check_form(JobForm(hpc="pizdaint", command="ls", title="A fit")).request
Main = Callable[[AccountChecks, ServiceAccountClient], Coroutine[Any, Any, None]]


def asked(main: Main, answer: Callable[[Received], Any], token: Any = "t") -> list[str]:
    """What the service was asked for, in order."""

    async def whole() -> list[str]:
        async with (
            FaultyServer(answer) as server,
            ServiceAccountClient(server.url, token) as client,
        ):
            await main(AccountChecks(client), client)
            return [request.target for request in server.ledger]

    return run_virtual(whole())


def test_those_that_wait_at_once_and_those_that_follow_share_one() -> None:
    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        found = await asyncio.gather(*(proofs.of(NSG) for _ in range(8)))
        assert len({*found, await proofs.of(NSG)}) == 1

    assert asked(main, Account()) == ["/quotas/nsg/"]


def test_each_project_has_its_own() -> None:
    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        other = NSG.model_copy(update={"project": "bsp_nsg_02"})
        await asyncio.gather(*(proofs.of(one) for one in (NSG, other, DAINT, other, NSG)))

    assert sorted(asked(main, Account())) == [
        *("/quotas/nsg/", "/quotas/nsg/bsp_nsg_02/", "/quotas/pizdaint/")
    ]


def test_it_is_given_anew_after_a_while_in_which_the_service_answered_nothing() -> None:
    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        first = await proofs.of(NSG)
        await asyncio.sleep(ACCEPTED_SECONDS + 1)
        assert await proofs.of(NSG) is not first

    assert len(asked(main, Account())) == 2


def test_a_job_that_the_service_took_proves_the_token_again(seal: SealArchive) -> None:
    archive = seal()

    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        first = await proofs.of(DAINT)
        for _ in range(3):
            await asyncio.sleep(ACCEPTED_SECONDS - 1)
            assert await proofs.of(DAINT) is first
            await client.submit(request(archive.name), archive)

    assert asked(main, Account()).count("/quotas/pizdaint/") == 1


def request(name: str) -> JobRequest:
    return DAINT.for_archive(name, "job", "nb-aaaabbbbccccdddd")


def test_another_token_is_proved_on_its_own() -> None:
    tokens = ["first-token", "second-token"]

    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        await proofs.of(NSG)
        client.tokens.type_in(None)  # forgets what it knows
        await proofs.of(NSG)
        await proofs.of(NSG)

    assert len(asked(main, Account(), lambda: tokens.pop(0))) == 2


def test_after_a_doubt_it_is_given_anew() -> None:
    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        await proofs.of(NSG)
        proofs.doubt()
        await proofs.of(NSG)

    assert len(asked(main, Account())) == 2


def test_those_that_wait_share_a_failure_and_the_next_one_asks_again() -> None:
    account = Account().on("GET", "/quotas/", Reply.json({"detail": "Invalid token."}, 401))

    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        ends = await asyncio.gather(*(proofs.of(NSG) for _ in range(5)), return_exceptions=True)
        assert {type(end) for end in ends} == {TokenRefused}
        account.replies.clear()
        await proofs.of(NSG)

    assert len(asked(main, account)) == 2


def test_a_failure_is_that_of_its_project() -> None:
    missing = NSG.model_copy(update={"project": "bsp_nsg_09"})
    account = Account().on("GET", "/quotas/nsg/bsp_nsg_09/", Reply.json("Project not found!", 404))

    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        bad, good = await asyncio.gather(proofs.of(missing), proofs.of(NSG), return_exceptions=True)
        assert isinstance(bad, NotFound)
        assert not isinstance(good, BaseException)

    asked(main, account)


def test_who_leaves_while_it_is_asked_for_holds_up_nobody() -> None:
    held = asyncio.Event()

    async def answer(request: Received) -> Reply:
        await held.wait()
        return Reply.json([])

    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        first, second = (asyncio.create_task(proofs.of(NSG)) for _ in range(2))
        await asyncio.sleep(1)
        first.cancel()
        await asyncio.wait([first])
        held.set()
        await second

    asked(main, answer)


def test_without_a_token_nothing_is_asked() -> None:
    async def main(proofs: AccountChecks, client: ServiceAccountClient) -> None:
        with pytest.raises(BspsaError):
            await proofs.of(NSG)

    assert asked(main, Account(), None) == []
