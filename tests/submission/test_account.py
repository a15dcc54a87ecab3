"""Projects and quotas, or in words why they cannot be had."""

from __future__ import annotations

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.errors import BspsaError, ServiceFailure, TokenRefused
from bspsa_widgets.submission.account import Account, read_account
from tests.faulty_server import Account as Answers
from tests.faulty_server import FaultyServer, Reply, contract, run


def read(answers: Answers) -> Account:
    async def main() -> Account:
        async with (
            FaultyServer(answers) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            return await read_account(client)

    return run(main())


def test_both_are_read() -> None:
    quotas = contract("quotas.json")["list"]["body"]
    found = read(Answers().on("GET", "/quotas/", Reply.json(quotas)))
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
        read(Answers().on("GET", "/quotas/", Reply.html()).on("GET", "/status/", status))
    assert type(caught.value) is kind
