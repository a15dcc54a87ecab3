"""Whether the service is there, as it is now and not as it was at the start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.errors import NotFound, NotSent, ServiceFailure
from bspsa_widgets.widgets.base.account_status import FIRST, LONGEST, SEEN, AccountStatus
from bspsa_widgets.widgets.monitor.panel import MonitorPanel
from tests.faulty_server import Account, FaultyServer, Received, Reply
from tests.virtual_time import run_virtual

HOUR = 3600.0


class Place:
    """As `Link`, to a server that the real service's pace is kept with."""

    label = "service"
    is_here = False

    def __init__(self, url: str) -> None:
        self.client = ServiceAccountClient(Endpoint.parse(url), "t")

    async def service(self) -> ServiceAccountClient:
        return self.client


class Shown:
    """A panel's head, and the service that it is about."""

    def __init__(self) -> None:
        self.is_away = False
        self.is_watched = True
        self.account = Account()

    def answer(self, request: Received) -> Reply:
        return Reply.html(502) if self.is_away else self.account(request)

    @property
    def state(self) -> Any:
        return self.panel.connection.get("state")

    def asked(self, path: str = "/quotas/") -> int:
        return sum(request.target == path for request in self.server.ledger)

    async def until(self, state: str, seconds: float) -> None:
        """It is so within that time."""
        for _ in range(int(10 * seconds)):
            if self.state == state:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"still {self.state}")


@asynccontextmanager
async def shown(*, keeps: bool = True) -> AsyncIterator[Shown]:
    made = Shown()
    async with FaultyServer(made.answer) as made.server:
        made.panel, place = MonitorPanel(), Place(made.server.url)
        made.checks = AccountStatus(made.panel, place, Here(), lambda: made.is_watched)  # type: ignore[arg-type]
        await made.checks.connect()
        keeping = asyncio.create_task(made.checks.keep()) if keeps else None
        yield made
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait([keeping])
        await place.client.aclose()
        made.panel.close()


class Here:
    """As `Held`, on the loop of the test."""

    def run(self, work: Any, _name: str) -> asyncio.Task[Any]:
        return asyncio.create_task(work)


def test_a_service_that_goes_and_comes_back_is_shown_as_it_is_where_nothing_else_asks() -> None:
    async def main() -> None:
        async with shown() as made:
            assert made.state == "connected"
            made.is_away = True
            await made.until("offline", LONGEST)
            await asyncio.sleep(HOUR)
            made.is_away = False
            await made.until("connected", FIRST + 5)

    run_virtual(main())


def test_a_service_that_is_there_is_asked_ever_more_seldom_and_the_projects_once() -> None:
    async def main() -> None:
        async with shown() as made:
            sent = len(made.panel.comm.sent)  # type: ignore[union-attr]
            await asyncio.sleep(HOUR)
            assert made.asked() <= 6 + HOUR / LONGEST
            assert made.asked("/projects/") == 1
            assert len(made.panel.comm.sent) == sent  # type: ignore[union-attr]

    run_virtual(main())


def test_where_nobody_looks_nothing_is_asked_until_somebody_does() -> None:
    async def main() -> None:
        async with shown() as made:
            made.is_watched = False
            await asyncio.sleep(HOUR)
            asked = made.asked()
            assert asked <= 2
            made.is_away = True
            made.is_watched = True
            await made.until("offline", SEEN + 5)

    run_virtual(main())


def test_what_other_requests_tell_is_proved_and_shown_at_once() -> None:
    async def main() -> None:
        async with shown(keeps=False) as made:
            made.is_away = True
            made.checks.learned(NotSent("The service could not be reached."))
            await made.until("offline", 5)
            made.is_away = False
            made.checks.learned(None)
            await made.until("connected", 5)

    run_virtual(main())


def test_one_job_that_cannot_be_read_says_nothing_about_the_service() -> None:
    async def main() -> None:
        async with shown(keeps=False) as made:
            asked = made.asked()
            made.checks.learned(NotFound("no such job", status=404))
            await asyncio.sleep(5)
            assert made.asked() == asked
            made.checks.learned(ServiceFailure("broken", status=500))
            await asyncio.sleep(5)
            assert made.asked() == asked + 1
            assert made.state == "connected"

    run_virtual(main())
