"""One submission by the real parts of the package, and what came of it on either side."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.records.duplicates import Repeat
from bspsa_widgets.records.index import SubmissionIndex
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.recovery import resume
from bspsa_widgets.submission.send import _background
from bspsa_widgets.submission.settle import SECONDS
from bspsa_widgets.submission.steps import Accepted, Step
from bspsa_widgets.tokens import GivenToken

PIZDAINT = JobForm(hpc="pizdaint", command="unzip -q {archive}", core_number=12, title="CA1 fit")
NSG = JobForm(hpc="nsg", tool="PY_TG", init_file="init.py", runtime=0.5, title="CA1 fit")
TOKEN = "sentinel-token-of-the-fault-run"


@dataclass
class Ended:
    """How a submission, or the looking for one, ended for the user.

    Attributes:
        steps: all that was told. error: how it ended, where not in `Accepted`.
        record: on disk at the end; None where there is none.
    """

    steps: list[Step] = field(default_factory=list)
    error: BspsaError | None = None
    record: Record | None = None

    @property
    def accepted(self) -> Accepted | None:
        return next((step for step in self.steps if isinstance(step, Accepted)), None)


@cache
def small_folder() -> Path:
    """What is sent: one folder for each process, and small."""
    folder = Path(tempfile.mkdtemp(prefix="folder-")) / "ca1-fit"
    folder.mkdir()
    (folder / "init.py").write_text("print('spikes')\n")
    return folder


def new_records() -> Records:
    """An empty folder for records."""
    folder = Path(tempfile.mkdtemp(prefix="records-"))
    return Records(folder, SubmissionIndex(folder / "index"))


async def send(
    url: str,
    records: Records,
    form: JobForm = PIZDAINT,
    *,
    folder: Path | None = None,
    token: GivenToken = TOKEN,
    repeat: Repeat = "tell",
    seconds: float = SECONDS,
    at: Callable[[Step, Submission], bool] = lambda step, submission: True,
) -> Ended:
    """Submit, to the end.

    Args:
        folder: what is sent, in place of the small one.
        at: is told each step in the listener's task, and may cancel that, as an interrupt
            does; False: nobody listens any more.
    """
    async with ServiceAccountClient(url, token) as client:
        submission = Submission(
            client,
            form,
            folder or small_folder(),
            records=records,
            repeat=repeat,
            settle_seconds=seconds,
        )
        listening = asyncio.create_task(
            _listened(submission.steps(), lambda step: at(step, submission))
        )
        await asyncio.wait([listening])
        ended = Ended() if listening.cancelled() else listening.result()
        while _background:  # it goes on without a listener
            await asyncio.wait(set(_background))
    if submission.record is not None:
        ended.record = records.read(submission.record.marker)
    return ended


async def resume_all(url: str, records: Records, record: Record, seconds: float = SECONDS) -> Ended:
    """What the next start does with a record that was left open."""
    async with ServiceAccountClient(url, TOKEN) as client:
        ended = await _listened(resume(client, records, record, seconds=seconds), lambda _: True)
    ended.record = records.read(record.marker)
    return ended


async def _listened(
    steps: AsyncGenerator[Step, None] | AsyncGenerator[Step | Accepted, None],
    goes_on: Callable[[Step], bool],
) -> Ended:
    ended = Ended()
    try:
        async with aclosing(steps) as told:
            async for step in told:
                ended.steps.append(step)
                if not goes_on(step):
                    break
    except BspsaError as error:
        ended.error = error
    return ended
