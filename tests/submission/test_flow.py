"""A folder becomes one job, or nobody is in doubt about what became of it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import zipfile
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, aclosing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.marker import split
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import (
    BspsaError,
    InvalidForm,
    InvalidInput,
    NotFound,
    NotSent,
    PackingError,
    QuotaRefused,
    RecordError,
    Refused,
    ServiceFailure,
    Stopped,
    TokenMissing,
    TokenRefused,
    Unconfirmed,
)
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.selection import Selection
from bspsa_widgets.records import folder_lock
from bspsa_widgets.records.store import Records, records_folder
from bspsa_widgets.submission import flow, send
from bspsa_widgets.submission.flow import Submission
from bspsa_widgets.submission.steps import (
    Accepted,
    Checked,
    Connecting,
    Locked,
    Packed,
    Packing,
    Sending,
    Step,
    Waiting,
    outcome_of,
)
from tests.faulty_server import Account, FaultyServer, Received, Reply, run

FORM = JobForm(hpc="pizdaint", command="unzip -q {archive} && cd {folder} && ls", core_number=12)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where archives lie on their way; empty again at the end of every test."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []


def made(
    client: ServiceAccountClient, form: JobForm, folder: Any, settle_seconds: float = 0.0
) -> Submission:
    """A submission that does not look long for a lost job."""
    records = Records(records_folder(Path()))
    return Submission(client, form, folder, records=records, settle_seconds=settle_seconds)


async def go(
    server: FaultyServer, folder: Any, form: JobForm = FORM, token: Any = "t"
) -> tuple[list[Step], Submission, BspsaError | None]:
    """The steps to the end, and the error that ended them."""
    steps: list[Step] = []
    async with ServiceAccountClient(server.url, token) as client:
        submission = made(client, form, folder)
        try:
            async with aclosing(submission.steps()) as found:
                async for step in found:
                    steps.append(step)
        except BspsaError as error:
            return steps, submission, error
    return steps, submission, None


def kinds(steps: list[Step]) -> list[str]:
    """The names of the steps, repeated ones once."""
    names = [type(step).__name__ for step in steps]
    return [name for i, name in enumerate(names) if not i or names[i - 1] != name]


def test_the_steps_come_in_order_and_end_with_the_job(folder: Path) -> None:
    account = Account()

    async def main() -> FaultyServer:
        async with FaultyServer(account) as server:
            steps, submission, error = await go(server, folder)
            assert error is None
            assert kinds(steps) == [
                *("Checked", "Packing", "Packed", "Prepared"),
                *("Connecting", "Connected", "Sending", "Waiting", "Accepted"),
            ]
            assert submission.accepted_job().raw == account.jobs[0]
            assert steps[-1] == Accepted(submission.accepted_job())
            assert submission.may_be_sent
            return server

    server = run(main())
    assert [request.target for request in server.ledger] == [
        *("/quotas/pizdaint/", "/jobs/pizdaint/")
    ]
    [post] = server.of("POST")
    payload = json.loads(post.header("Payload")[0])
    title, marker = split(payload["title"])
    assert title == "ca1-fit"
    assert payload["command"] == f"unzip -q ca1-fit-{marker}.zip && cd ca1-fit && ls"
    assert post.header("Content-Disposition") == [f"attachment; filename=ca1-fit-{marker}.zip"]
    with zipfile.ZipFile(BytesIO(post.body)) as archive:
        assert archive.namelist() == ["ca1-fit/init.py", "ca1-fit/model/na.mod"]
        assert archive.testzip() is None


def test_nsg_is_given_its_tool_and_main_file(folder: Path) -> None:
    async def main() -> FaultyServer:
        async with FaultyServer(Account()) as server:
            form = JobForm(hpc="nsg", project="bsp_nsg_01", tool="PY_TG", init_file="./init.py")
            _, _, error = await go(server, folder, form)
            assert error is None
            return server

    [post] = run(main()).of("POST")
    assert post.target == "/jobs/nsg/bsp_nsg_01/"
    assert json.loads(post.header("Payload")[0])["tool"] == "PY_TG"


LONG = "x" * 101


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hpc": "titan"}, "hpc"),
        ({"project": "No Such"}, "project"),
        ({"runtime": 0}, "runtime"),
        ({"runtime": -1}, "runtime"),
        ({"runtime": "soon"}, "runtime"),
        ({"runtime": float("nan")}, "runtime"),
        ({"runtime": float("inf")}, "runtime"),
        ({"node_number": 0}, "node_number"),
        ({"node_number": "-3"}, "node_number"),
        ({"core_number": "many"}, "core_number"),
        ({"core_number": float("inf")}, "core_number"),
        ({"title": LONG}, "title"),
        ({"title": "a\r\nPayload: {}"}, "title"),
        ({"title": "bell\x07"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"command": "\ud800"}, "command"),
        ({"command": "a\x00b"}, "command"),
        ({"command": " "}, "command"),
        ({"command": "x" * 2000}, "command"),
        ({"hpc": "nsg", "tool": ""}, "tool"),
        ({"hpc": "nsg", "init_file": "missing.py"}, "init_file"),
        ({"hpc": "nsg", "init_file": ".env"}, "init_file"),
        ({"hpc": "nsg", "init_file": "../init.py"}, "init_file"),
    ],
    ids=repr,
)
def test_bad_input_names_its_field_and_nothing_is_sent(
    changes: dict[str, Any], field: str, folder: Path
) -> None:
    async def main() -> None:
        async with FaultyServer(Account()) as server:
            _, submission, error = await go(server, folder, FORM.model_copy(update=changes))
            assert isinstance(error, InvalidInput)
            assert list(error.errors) == [field]
            assert error.verdict == "Nothing was sent."
            assert outcome_of(error) == "not_sent"
            assert server.connections == 0
            assert not submission.may_be_sent

    run(main())


@pytest.mark.parametrize("kind", ["missing", "empty", "file", "none", "number", "only secrets"])
def test_a_bad_folder_names_the_folder_and_nothing_is_sent(kind: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "only secrets").mkdir()
    (tmp_path / "only secrets" / ".env").write_text("x")
    given: Any = {"none": None, "number": 5}.get(kind, tmp_path / kind)

    async def main() -> None:
        async with FaultyServer(Account()) as server:
            _, _, error = await go(server, given)
            assert isinstance(error, InvalidInput)
            assert list(error.errors) == ["folder"]
            assert server.connections == 0

    run(main())


def test_what_does_not_fit_the_folder_is_a_warning(folder: Path) -> None:
    async def main() -> None:
        async with FaultyServer(Account()) as server:
            form = JobForm(hpc="nsg", tool="PY_TG", node_number=99)
            steps, _, error = await go(server, folder, form)
            assert error is None
            assert isinstance(steps[0], Checked)
            assert [advice.field for advice in steps[0].warnings] == ["node_number", "tool"]

    run(main())


def test_form_and_folder_are_told_together(tmp_path: Path) -> None:
    async def main() -> None:
        async with FaultyServer(Account()) as server:
            _, _, error = await go(
                server, "", FORM.model_copy(update={"runtime": 0, "title": LONG})
            )
            assert isinstance(error, InvalidForm)
            assert list(error.errors) == ["title", "runtime", "folder"]
            assert server.connections == 0

    run(main())


def test_a_command_of_several_lines_and_scripts_arrives_as_written(folder: Path) -> None:
    command = "set -e\ncd {folder}\necho 'µ Ω 日本 \N{GRINNING FACE}'"

    async def main() -> Received:
        async with FaultyServer(Account()) as server:
            _, _, error = await go(server, folder, FORM.model_copy(update={"command": command}))
            assert error is None
            return server.of("POST")[0]

    post = run(main())
    assert len(post.header("Payload")) == 1
    assert post.header("Payload")[0].isascii()
    assert json.loads(post.header("Payload")[0])["command"] == command.replace(
        "{folder}", "ca1-fit"
    )


def test_without_a_token_nothing_is_sent(folder: Path) -> None:
    async def main() -> None:
        async with FaultyServer(Account()) as server:
            _, _, error = await go(server, folder, token=None)
            assert type(error) is TokenMissing
            assert outcome_of(error) == "not_sent"
            assert server.ledger == []

    run(main())


def test_a_service_that_is_down_is_not_sent(folder: Path) -> None:
    async def main() -> None:
        async with FaultyServer(Account()) as server:
            pass
        _, submission, error = await go(server, folder)
        assert type(error) is NotSent
        assert outcome_of(error) == "not_sent"
        assert not submission.may_be_sent

    run(main())


@pytest.mark.parametrize(
    ("reply", "kind", "outcome", "jobs"),
    [
        (Reply.json("Quota not enough!", 401), QuotaRefused, "refused", 0),
        (Reply.json("Wrong tool value!", 400), Refused, "refused", 0),
        (Reply.json({"detail": "Invalid token."}, 401), TokenRefused, "refused", 0),
        (Reply.json("Project not found!", 404), NotFound, "refused", 0),
        (Reply.json({"title": ["Too long."]}, 400), Unconfirmed, "unconfirmed", 1),
        (Reply.html(), Unconfirmed, "unconfirmed", 1),
        (Reply.html(502), Unconfirmed, "unconfirmed", 1),
        (Reply.json("what?", 201), Unconfirmed, "unconfirmed", 1),
        (Reply(raw=b"", end="reset"), Unconfirmed, "unconfirmed", 1),
        (Reply(raw=b"HTTP/1.1 201 Crea", end="close"), Unconfirmed, "unconfirmed", 1),
        (Reply(raw=b"\x00\xff garbage\r\n\r\n", end="close"), Unconfirmed, "unconfirmed", 1),
    ],
)
def test_the_end_of_a_submission_is_what_the_ledger_says(
    reply: Reply, kind: type[BspsaError], outcome: str, jobs: int, folder: Path
) -> None:
    account = Account(creates=bool(jobs)).on("POST", "/jobs/", reply)

    async def main() -> FaultyServer:
        async with FaultyServer(account) as server:
            steps, submission, error = await go(server, folder)
            assert type(error) is kind
            assert outcome_of(error) == outcome
            assert error.job_may_exist is bool(jobs)
            assert submission.job is None
            assert not any(isinstance(step, Accepted) for step in steps)
            with pytest.raises(RuntimeError):
                submission.accepted_job()
            return server

    assert run(main()).posts == 1
    assert len(account.jobs) == jobs


def test_a_token_that_is_refused_is_found_out_before_the_post(folder: Path) -> None:
    def answer(request: Received) -> Reply:
        if request.target == "/status/":
            return Reply.json({"bsp-service-account-status": 1})
        return Reply.html()

    async def main() -> None:
        async with FaultyServer(answer) as server:
            _, submission, error = await go(server, folder)
            assert type(error) is TokenRefused
            assert not error.job_may_exist
            assert server.posts == 0
            assert not submission.may_be_sent

    run(main())


def test_an_archive_that_changes_after_sealing_is_not_sent(folder: Path) -> None:
    async def main() -> None:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            async with aclosing(submission.steps()) as steps:
                packed = await until(steps, Packed)
                assert isinstance(packed, Packed)
                packed.archive.path.write_bytes(b"another")
                with pytest.raises(PackingError, match="has changed"):
                    await until(steps, Accepted)
            assert server.posts == 0
            assert not submission.may_be_sent

    run(main())


async def until(steps: AsyncGenerator[Step, None], kind: type) -> Step:
    async for step in steps:
        if isinstance(step, kind):
            return step
    raise AssertionError(f"no {kind.__name__}")


@pytest.mark.parametrize("kind", [Checked, Packing, Packed, Connecting])
def test_a_cancel_before_the_first_byte_stops_it_and_sends_nothing(
    kind: type, folder: Path
) -> None:
    (folder / "big.dat").write_bytes(os.urandom(2 << 20))

    async def main() -> None:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            async with aclosing(submission.steps()) as steps:
                await until(steps, kind)
                assert submission.cancel() is True
                with pytest.raises(Stopped):
                    async for _ in steps:
                        pass
            assert server.posts == 0
            assert not submission.may_be_sent
            assert submission.cancel() is True  # again does no harm

    run(main())


@pytest.mark.parametrize("busy", ["select", "pack"])
def test_a_cancel_while_a_thread_is_busy_is_heard_there(
    busy: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> float:
        loop, begun = asyncio.get_running_loop(), asyncio.Event()

        def endless(*_: object, stopped: Callable[[], bool], **__: object) -> None:
            loop.call_soon_threadsafe(begun.set)
            while not stopped():
                os.sched_yield()
            raise Stopped

        monkeypatch.setattr(flow, busy, endless)
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            going = asyncio.create_task(to_the_end(submission))
            await begun.wait()
            start = loop.time()
            assert submission.cancel() is True
            with pytest.raises(Stopped):
                await going
            assert server.ledger == []
            return loop.time() - start

    assert run(main()) < 0.2


async def to_the_end(submission: Submission) -> None:
    async for _ in submission.steps():
        pass


def test_a_cancel_while_a_large_file_is_packed_is_heard_within_200_ms(tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    with (tmp_path / "large" / "zeros").open("wb") as file:
        file.truncate(20 << 30)

    async def main() -> float:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, tmp_path / "large")
            async with aclosing(submission.steps()) as steps:
                async for step in steps:
                    if isinstance(step, Packing) and step.done:
                        break
                start = asyncio.get_running_loop().time()
                assert submission.cancel() is True
                with pytest.raises(Stopped):
                    await until(steps, Packed)
            return asyncio.get_running_loop().time() - start

    assert run(main()) < 0.2


def test_a_cancel_before_the_start_stops_it(folder: Path) -> None:
    async def main() -> None:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            assert submission.cancel() is True
            with pytest.raises(Stopped):
                async for _ in submission.steps():
                    pass
            assert server.ledger == []

    run(main())


def test_a_cancel_before_the_work_has_begun_stops_it(folder: Path) -> None:
    async def main() -> None:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            first = asyncio.ensure_future(anext(submission.steps()))
            await asyncio.sleep(0)  # `steps` has made the task, which has not run yet
            assert submission.cancel() is True
            with pytest.raises(Stopped):
                await first
            assert server.ledger == []

    run(main())


def test_a_cancel_after_the_first_byte_is_refused_and_the_job_is_accepted(folder: Path) -> None:
    account = Account()

    async def main() -> None:
        hold = asyncio.Event()
        async with (
            FaultyServer(account, hold=hold) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            async with aclosing(submission.steps()) as steps:
                await until(steps, Sending)
                assert submission.cancel() is False
                await server.post_arrived.wait()
                assert submission.cancel() is False
                hold.set()
                left = [step async for step in steps]
            assert kinds(left)[-1] == "Accepted"
            assert "Late" in kinds(left)
            assert submission.accepted_job().raw == account.jobs[0]
            assert server.posts == 1

    run(main())


@pytest.mark.parametrize("kind", [Checked, Packing, Packed, Connecting])
def test_leaving_before_the_first_byte_stops_it(kind: type, folder: Path) -> None:
    async def main() -> None:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            steps = submission.steps()
            await until(steps, kind)
            await steps.aclose()
            assert not submission.may_be_sent
            await client.status()
            assert server.posts == 0

    run(main())


@pytest.mark.parametrize("breaks", [False, True], ids=["accepted", "breaks"])
def test_leaving_after_the_first_byte_lets_it_run_to_its_end(breaks: bool, folder: Path) -> None:
    account = Account(creates=True)
    if breaks:
        account.on("POST", "/jobs/", Reply(raw=b"", end="reset"))

    async def main() -> None:
        hold = asyncio.Event()
        async with (
            FaultyServer(account, hold=hold) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            steps = submission.steps()
            await until(steps, Sending)
            await steps.aclose()
            [task] = send._background
            await server.post_arrived.wait()
            hold.set()
            await asyncio.wait([task])
            await asyncio.sleep(0)
            assert not send._background
            assert len(account.jobs) == server.posts == 1
            assert (submission.job is None) is breaks

    run(main())


def test_a_task_that_is_cancelled_while_it_listens_stops_the_submission(folder: Path) -> None:
    """As Ctrl-C does it: the listener's task is cancelled, not the submission."""

    async def main() -> None:
        waiting = Reply(raw=b"", end="stall")
        account = Account().on("GET", "/quotas/", waiting)
        connecting = asyncio.Event()
        async with FaultyServer(account) as server, ServiceAccountClient(server.url, "t") as client:
            submission = made(client, FORM, folder)

            async def listen() -> None:
                async with aclosing(submission.steps()) as steps:
                    async for step in steps:
                        if isinstance(step, Connecting):
                            connecting.set()

            task = asyncio.create_task(listen())
            await connecting.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert server.posts == 0
            assert not submission.may_be_sent

    run(main())


@pytest.mark.parametrize("ends", ["free", "cancelled", "never"])
def test_another_program_at_the_records_is_waited_for_and_told(
    ends: str, folder: Path, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "TOLD_AFTER", 0.0)
    if ends == "never":
        monkeypatch.setattr(folder_lock, "MOST_WAIT", 0.5)
    taken = ExitStack()
    taken.enter_context(records.alone())

    async def main() -> None:
        async with (
            FaultyServer(Account()) as server,
            ServiceAccountClient(server.url, "t") as client,
        ):
            submission = made(client, FORM, folder)
            steps = submission.steps()
            last = await until(steps, Locked)
            assert isinstance(last, Locked)
            assert last.lock == records.folder / ".lock"
            assert server.connections == 0
            if ends == "free":
                taken.close()
                await until(steps, Accepted)
                return
            if ends == "cancelled":
                assert submission.cancel()
            with pytest.raises(Stopped if ends == "cancelled" else RecordError) as caught:
                await until(steps, Accepted)
            assert outcome_of(caught.value) == "not_sent"
            assert (server.connections, records.load().records) == (0, [])

    with taken:
        run(main())


def test_a_file_that_grows_while_it_is_packed_ends_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = folder / "big.dat"
    big.write_bytes(bytes(3 << 20))

    def pack_while_it_grows(selection: Selection, **asked: Any) -> Any:
        def meanwhile() -> bool:
            with big.open("ab") as file:
                file.write(b"more")
            return bool(asked["stopped"]())

        return pack(selection, progress=asked["progress"], stopped=meanwhile)

    monkeypatch.setattr(flow, "pack", pack_while_it_grows)

    async def main() -> None:
        async with FaultyServer(Account()) as server:
            _, _, error = await go(server, folder)
            assert type(error) is PackingError
            assert "big.dat changed" in str(error)
            assert server.connections == 0

    run(main())


def test_progress_is_told_in_bytes_and_never_runs_back(folder: Path) -> None:
    (folder / "big.dat").write_bytes(os.urandom(6 << 20))

    async def main() -> list[Step]:
        async with FaultyServer(Account()) as server:
            steps, submission, error = await go(server, folder)
            assert error is None
            assert submission.archive is not None
            assert all(s.total == submission.archive.size for s in steps if isinstance(s, Sending))
            return steps

    steps = run(main())
    for kind in (Packing, Sending):
        done = [step.done for step in steps if isinstance(step, kind)]
        assert done == sorted(done)
        assert done[0] == 0
    assert sum(isinstance(step, Waiting) for step in steps) == 1


def test_ten_submissions_at_once_are_ten_jobs(folder: Path) -> None:
    account = Account()

    async def main() -> FaultyServer:
        async with FaultyServer(account) as server:
            ends = await asyncio.gather(*(go(server, folder) for _ in range(10)))
            assert all(error is None for _, _, error in ends)
            assert len({submission.accepted_job().job_id for _, submission, _ in ends}) == 10
            return server

    assert run(main()).posts == 10


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (lambda: Unconfirmed("x"), "unconfirmed"),
        (lambda: Refused("x", status=400), "refused"),
        (lambda: QuotaRefused("x", status=401), "refused"),
        (lambda: TokenRefused("x"), "refused"),
        (lambda: TokenMissing("x"), "not_sent"),
        (lambda: InvalidInput("title", "x", allowed="y"), "not_sent"),
        (lambda: PackingError("x"), "not_sent"),
        (lambda: Stopped(), "not_sent"),
        (lambda: NotSent("x"), "not_sent"),
        (lambda: ServiceFailure("x"), "not_sent"),
    ],
)
def test_every_error_comes_to_one_of_four_outcomes(
    error: Callable[[], BspsaError], outcome: str
) -> None:
    assert outcome_of(error()) == outcome
    assert error().job_may_exist is (outcome == "unconfirmed")


def test_hostile_folder_names_reach_the_wire_as_one_safe_name(tmp_path: Path) -> None:
    folder = tmp_path / "a\"; filename=x.zip; $(touch HACKED) 'é"
    folder.mkdir()
    (folder / "init.py").write_text("x")

    async def main() -> Received:
        async with FaultyServer(Account()) as server:
            _, _, error = await go(server, folder)
            assert error is None
            return server.of("POST")[0]

    post = run(main())
    [disposition] = post.header("Content-Disposition")
    assert re.fullmatch(r"attachment; filename=[A-Za-z0-9_.-]{1,100}", disposition)
    command = json.loads(post.header("Payload")[0])["command"]
    assert f"cd '{folder.name}'".replace(" 'é'", " '\"'\"'é'") in command
