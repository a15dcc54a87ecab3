"""What is not known is never called an end, and the advice fits what the service answered."""

from __future__ import annotations

import re
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets import errors
from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.records import messages
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.store import Records
from bspsa_widgets.submission import messages as words
from bspsa_widgets.submission import unconfirmed
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.quota_drop import QuotaDrop
from bspsa_widgets.submission.recovery import resume
from bspsa_widgets.submission.steps import Late, Looking, Unsure
from tests.faulty_server import Account, FaultyServer, Reply
from tests.records.kept import a_record
from tests.submission.test_messages import NEVER
from tests.virtual_time import run_virtual

LOST = errors.Unconfirmed("The connection broke.")
BROKE = a_record("unconfirmed", problem="The connection broke.")
SURE = re.compile(r"no job|failed to submit|not submitted|was not accepted", re.IGNORECASE)
NSG_JOB = "<jobstatus><jobHandle>NGBW-JOB-PY_TG-0A1</jobHandle></jobstatus>"
ASK = "Ask EBRAINS support before you submit again"


@pytest.mark.parametrize(
    "said",
    [
        unconfirmed.unsure(LOST),
        unconfirmed.looking(BROKE, Looking(3, 10.0, quota_drop=QuotaDrop(1.0))),
        unconfirmed.looking(BROKE, Looking(3, 10.0, errors.ServiceFailure("It failed."))),
        words.ended(
            unconfirmed.unconfirmed(a_record("unconfirmed", looks=19), None, QuotaDrop(0.0))
        ),
        words.ended(unconfirmed.stopped_waiting(a_record("sending"))),
        words.ended(words.unexpected(RuntimeError("secret"), may_be_sent=True)),
        job_messages.Message(words.progress(Late()), unconfirmed.late().detail),
    ],
    ids=range(7),
)
def test_what_is_not_known_is_never_called_an_end(said: job_messages.Message) -> None:
    text = " ".join(said)
    assert not SURE.search(text)
    assert not NEVER.search(text)
    assert "know" in said.headline or "too late" in said.headline


def test_the_end_of_the_looking_says_what_is_known_and_what_to_do() -> None:
    record = a_record("unconfirmed").model_copy(
        update={"looks": 19, "problem": "The connection broke."}
    )
    error = unconfirmed.unconfirmed(record, errors.ServiceFailure("It failed."), QuotaDrop(2.0))
    assert error.record == record.marker
    assert error.job_may_exist
    for part in (
        *("The connection broke.", "read 19 times", "does not prove", "It failed."),
        *("fallen by 2.00 h", "Check again later.", "both use your quota"),
    ):
        assert part in str(error)


@pytest.mark.parametrize(
    ("drop", "hint"),
    [
        (None, ""),
        (QuotaDrop(0.0), "Your quota has not fallen since."),
        (QuotaDrop(-5.0), "not fallen"),
        (QuotaDrop(0.5), "fallen by 0.50 h since, so a job may well be running"),
        (QuotaDrop(2.0, known=2.0), "not fallen further than your other submissions took since."),
        (QuotaDrop(2.0, known=2.0, others=1.0), "not fallen further"),
        (QuotaDrop(3.0, known=1.0, others=1.0), "fallen by 1.00 h since, not counting your other"),
        (QuotaDrop(1.0, others=1.0), "1.00 h since. That can be this job, or another"),
    ],
)
def test_the_quota_is_a_hint_and_no_proof(drop: QuotaDrop | None, hint: str) -> None:
    assert hint in unconfirmed.quota_hint(drop)
    assert not SURE.search(unconfirmed.quota_hint(drop))


@pytest.mark.parametrize(
    ("looks", "failed", "said", "unsaid"),
    [
        (0, 0, "", "list"),
        (1, 0, "which was read once. That does not prove", "could not"),
        (3, 1, "which was read twice and could not be read once.", "3"),
        (3, 3, "Your job list could not be read in 3 tries.", "It was not in"),
        (1, 1, "Your job list could not be read in 1 try.", "prove"),
    ],
)
def test_only_a_list_that_was_read_counts_as_one_without_the_job(
    looks: int, failed: int, said: str, unsaid: str
) -> None:
    record = a_record("unconfirmed", looks=looks, failed_looks=failed)
    step = Looking(looks, 10.0, failed=failed)
    for text in (
        unconfirmed.unconfirmed(record, None, None).message,
        unconfirmed.looking(record, step).detail,
    ):
        assert said in text
        assert unsaid not in text.replace("Looking for the job in your job list.", "")
    line = unconfirmed.next_look(step, 10)
    assert ("job list read" in line) is (looks > failed)
    assert ("not readable" in line) is bool(failed)


def unlisted(answer: Any, folder: Path, records: Records) -> tuple[list[str], Record]:
    """All that is said of a submission with that answer, to its end and at a later start."""
    account = Account(creates=False).on("POST", "/jobs/", Reply.json(answer, 400))
    quota = {"id": 1, "project_hpc": "NSG", "project_name": "bsp_nsg_01", "time_left": 36000}
    account.on("GET", "/quotas/", Reply.json([quota]))
    said: list[str] = []

    async def listen(steps: Any) -> None:
        with pytest.raises(errors.Unconfirmed) as caught:  # noqa: PT012  the loop is what raises
            async with aclosing(steps) as taken:
                async for step in taken:
                    if isinstance(step, Unsure):
                        said.append(unconfirmed.unsure(step.error).detail)
                    elif isinstance(step, Looking):
                        said.append(unconfirmed.looking(only(records), step).detail)
        said.append(words.ended(caught.value).detail)

    async def main() -> None:
        form = JobForm(hpc="nsg", tool="PY_TG", init_file="init.py")
        async with FaultyServer(account) as server, ServiceAccountClient(server.url, "t") as client:
            first = Submission(client, form, folder, records=records, settle_seconds=6)
            await listen(first.steps())
            await listen(resume(client, records, only(records), seconds=0))
            assert server.posts == 1

    run_virtual(main())
    return said, only(records)


def only(records: Records) -> Record:
    [record] = records.load().records
    return record


@pytest.mark.parametrize(
    ("answer", "job_id"),
    [({"job_id": "A-1"}, "A-1"), ({"title": ["Too long."]}, ""), (NSG_JOB, "NGBW-JOB-PY_TG-0A1")],
    ids=["its id", "its title", "its description by NSG"],
)
def test_after_a_refusal_of_a_job_that_runs_the_advice_is_to_ask_before_all_else(
    answer: Any, job_id: str, folder: Path, records: Records
) -> None:
    said, record = unlisted(answer, folder, records)
    said.append(messages.record_words(record))
    said.append(str(messages.already(record, is_open=True)))
    said.append(str(unconfirmed.stopped_waiting(record)))
    assert len(said) > 6
    for text in said:
        assert ASK in text
        assert job_id in text
        assert text.count(ASK) == 1
        assert "Check again later" not in text
        assert "quota has" not in text
        assert not SURE.search(text)
