"""Faults in the work of `submit_many`: the cell that awaits it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from bspsa_widgets.batch.submit_many import submit_many
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.submission.batch import BatchItem, submit_all
from tests.cli.server import Server
from tests.faults.figures import Case
from tests.faults.kernels.overheard import FAULT
from tests.faults.sending import TOKEN, small_folder
from tests.faulty_server import Account
from tests.widgets.view import SECONDS

PLACE = "bspsa_widgets.batch.submit_many."


class SweepPlant(NamedTuple):
    """A fault in one piece of work.

    Attributes:
        name: of the work. target: what raises. is_interrupted: the cell is, once it has sent.
        error: of the cell; "" where that of its one job tells.
    """

    name: str
    target: str
    error: str = "RuntimeError"
    is_interrupted: bool = False


PLANTS = (
    SweepPlant("submissions", "submit_all"),
    SweepPlant("submissions", "Submission", ""),
    SweepPlant("submissions", "submit_all", "SubmitInterrupted", is_interrupted=True),
    SweepPlant("stopping submissions", "stop_all", is_interrupted=True),
)


def play(case: Case, plant: SweepPlant, home: Path) -> None:
    """One case, with its records in `home`."""
    with (
        Server(Account(), held=plant.is_interrupted) as server,
        mock.patch(PLACE + plant.target) as broken,
    ):
        broken.side_effect = RuntimeError(FAULT)
        if plant.error == "SubmitInterrupted":
            broken.side_effect = _sent_and_then_broken
        told = asyncio.run(_cell(plant, server, home))
    is_shown = told.startswith(plant.error or "Not submitted")
    if plant.target == "Submission":
        is_shown = is_shown and "RuntimeError" in told
    case.check(is_shown, f"{plant} is not shown: {told}")


async def _sent_and_then_broken(errands: Sequence[BatchItem], limit: int) -> None:
    await submit_all(errands, limit)
    raise RuntimeError(FAULT)


async def _cell(plant: SweepPlant, server: Server, home: Path) -> str:
    """What the person reads."""
    wanted: list[dict[str, Any]] = [{"folder": small_folder(), "command": "true"}]
    options: dict[str, Any] = {"endpoint": server.url, "token": TOKEN, "settle": 0.0}
    sending = asyncio.create_task(
        submit_many(wanted, root=home, records=home / "records", **options)
    )
    if plant.is_interrupted:
        await asyncio.to_thread(server.posted.wait, SECONDS)
        sending.cancel()
    try:
        [job] = await sending
    except (RuntimeError, asyncio.CancelledError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        server.release()
        await _all_told()
    return f"{job.words} {job.error}"


async def _all_told() -> None:
    """A kernel's loop goes on: what is left of the call ends while it does."""
    while background()._tasks:
        await asyncio.wrap_future(background().run(asyncio.sleep(0.01), "waiting for the others"))
