"""The monitor: what it shows of all jobs, what Python gets of them, and what it survives."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.errors import BspsaError, InvalidInput
from bspsa_widgets.jobs import tracker
from bspsa_widgets.jobs.polling.interval import PollInterval
from bspsa_widgets.records.store import Records
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.widgets.base import views
from bspsa_widgets.widgets.monitor import rows as job_rows
from bspsa_widgets.widgets.monitor.job_monitor import JobMonitor
from bspsa_widgets.widgets.monitor.rows import MOST_SAVED
from tests.cli.server import Server
from tests.faulty_server import Account, Received, Reply, contract
from tests.records.kept import a_job, a_record
from tests.widgets.monitor.file_calls import FileCalls
from tests.widgets.view import SECONDS, View, settled, until

BODY = contract("submit_pizdaint.json")["response"]["body"]
NSG_BODY = contract("submit_nsg.json")["response"]["body"]
DONE = {"stage": "SUCCESSFUL", "terminal_stage": True, "end_date": "2026-11-23T23:00:00Z"}
TOKEN = "SENTINEL/7f3a+c0ffee=="

MakeMonitor = Callable[..., tuple[JobMonitor, View]]
Serve = Callable[..., Server]


def a_row(number: int, stage: str = "RUNNING", **changes: Any) -> dict[str, Any]:
    named = {"id": number, "job_id": f"{number:08X}-9E15-4FE3-9F84-0EAEB4CC94AA"}
    return BODY | named | {"stage": stage} | changes


def wait(work: Coroutine[Any, Any, Any]) -> Any:
    """As a cell awaits it, on a loop of its own."""
    return asyncio.run(asyncio.wait_for(work, SECONDS))


def is_live(monitor: JobMonitor, jobs: int) -> None:
    until(monitor, "condition", lambda now: now["state"] == "live")
    until(monitor, "jobs", lambda now: len(now) == jobs)


def pushes(view: View, kind: str) -> list[dict[str, Any]]:
    return [said for said in view.comm.custom() if said["kind"] == kind and said["id"] == ""]


def test_jobs_of_the_local_service_are_shown_however_they_were_submitted(
    known: LocalService, monitor: MakeMonitor, panel: Callable[..., Any]
) -> None:
    sent = wait(panel(title="A fit", command="echo spikes").submit())
    shown, view = monitor()
    until(shown, "jobs", lambda jobs: sent.job_id in {job.job_id for job in jobs})
    assert shown.connection["state"] == "connected"
    assert shown.job(sent.job_id).title == "A fit"
    rows = view.request("rows")["rows"]
    row = next(row for row in rows if row["job_id"] == sent.job_id)
    assert row["key"] == f"pizdaint/bsp_pizdaint_01/{sent.job_id}"
    assert (row["system"], row["asked"], row["title"]) == ("Piz Daint", 1.0, "A fit")
    assert shown._mine.table.get(row["key"]).record == sent.marker
    end = wait(shown.done(sent.job_id))
    assert end.outcome == "succeeded"
    assert wait(shown.log(end, "stdout")).lines == ((("spikes", ""),),)
    assert wait(shown.download(end, "stdout"))[0].read_text() == "spikes\n"


def test_a_new_submission_shows_without_a_reading_of_the_lists(
    known: LocalService, monitor: MakeMonitor, panel: Callable[..., Any]
) -> None:
    shown, _ = monitor()
    until(shown, "condition", lambda now: now["state"] == "live")
    sent = wait(panel(title="Another fit").submit())
    until(shown, "jobs", lambda jobs: sent.job_id in {job.job_id for job in jobs})


def test_the_view_is_told_of_changes_only_and_can_tell_whether_it_missed_one(
    serve: Serve, monitor: MakeMonitor
) -> None:
    account = Account([a_row(1, **DONE), a_row(2)])
    shown, view = monitor(endpoint=serve(account).url, token="t")
    is_live(shown, 2)
    assert pushes(view, "changed") == []  # nobody has asked yet
    rows = view.request("rows")
    assert {row["stage"] for row in rows["rows"]} == {"SUCCESSFUL", "RUNNING"}
    account.jobs[1] |= DONE
    settled(lambda: pushes(view, "changed"), "a change")
    (change,) = pushes(view, "changed")
    assert change["revision"] == rows["revision"] + 1
    assert [row["stage"] for row in change["rows"]] == ["SUCCESSFUL"]
    assert change["gone"] == []


def test_a_look_that_finds_nothing_new_is_told_by_its_time_alone(
    serve: Serve, monitor: MakeMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_rows, "TICK", 0.05)
    shown, view = monitor(endpoint=serve(Account([a_row(1)])).url, token="t")
    is_live(shown, 1)
    view.request("rows")
    for _ in range(2):
        before = shown.condition["checked"]
        until(shown, "condition", lambda now, before=before: now["checked"] > before)
    assert pushes(view, "changed") == []


def test_a_monitor_whose_pages_are_gone_rests_until_one_says_hello(
    serve: Serve, monitor: MakeMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each message to a view counts as use of the kernel, and keeps an idle one alive."""
    monkeypatch.setattr(job_rows, "TICK", 0.01)
    monkeypatch.setattr(tracker, "RECORDS", 0.01)
    monkeypatch.setattr(tracker, "LISTS_HERE", 0.05)
    server = serve(Account([a_row(1, **DONE)]))
    shown, view = monitor(endpoint=server.url, token="t")
    is_live(shown, 1)
    view.request("open", key=view.request("rows")["rows"][0]["key"])

    def lists() -> int:
        return sum(request.target == "/jobs/" for request in server.ledger)

    def more(count: int) -> None:
        wanted = lists() + count
        settled(lambda: lists() >= wanted, "lists")

    more(2)  # a page is there
    view.leave()
    wait(shown.refresh())
    read, told = lists(), len(view.comm.sent)
    time.sleep(0.3)
    assert lists() == read
    wait(shown.refresh())  # on the user's word; it has found nothing new
    assert lists() == read + 1
    assert view.comm.sent[told:] == []
    view.request("hello")
    more(2)
    settled(lambda: len(view.comm.sent) > told + 1, "the time of the looks")


def test_a_monitor_that_was_never_shown_on_a_page_goes_on_for_python(
    serve: Serve, monitor: MakeMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "RECORDS", 0.01)
    monkeypatch.setattr(tracker, "LISTS_HERE", 0.05)
    account = Account([a_row(1, **DONE)])
    monkeypatch.setattr(views, "WATCHED_SECONDS", 0.0)
    shown, _ = monitor(endpoint=serve(account).url, token="t")
    until(shown, "jobs", lambda jobs: len(jobs) == 1)
    account.jobs.append(a_row(2, **DONE))
    until(shown, "jobs", lambda jobs: len(jobs) == 2)


def test_a_broken_list_is_told_in_words_and_hides_no_other_system(
    serve: Serve, monitor: MakeMonitor
) -> None:
    account = Account([NSG_BODY | {"id": 1}])
    account.on("GET", "/jobs/pizdaint/", Reply.html(500))

    def answer(request: Received) -> Reply:
        return Reply.html(500) if request.target == "/jobs/" else account(request)

    shown, _ = monitor(endpoint=serve(answer).url, token="t")
    is_live(shown, 1)
    (failed,) = shown.condition["failed"]
    assert failed["system"] == "Piz Daint"
    assert failed["words"]


def test_a_service_that_cannot_be_reached_is_told_in_words(monitor: MakeMonitor) -> None:
    shown, view = monitor(endpoint="http://127.0.0.1:9", token="t")
    condition = until(shown, "condition", lambda now: now["state"] == "failed")
    assert condition["message"].startswith("Your jobs cannot be shown. ")
    assert shown.connection["state"] == "offline"
    answer = view.request("refresh")
    assert not answer["ok"]
    assert answer["message"]
    with pytest.raises(BspsaError):
        wait(shown.refresh())
    with pytest.raises(BspsaError):
        wait(shown.done())


def test_a_job_that_only_a_record_knows_is_shown_before_any_answer(
    records: Records, serve: Serve, monitor: MakeMonitor
) -> None:
    record = a_record("accepted")
    records.save(record.moved("accepted", job=a_job(record)))
    account = Account().on("GET", "/jobs/", Reply(end="stall", cut=0))
    shown, view = monitor(endpoint=serve(account).url, token="t")
    until(shown, "jobs", len)
    assert shown.condition["state"] == "loading"
    (row,) = view.request("rows")["rows"]
    assert shown._mine.table.get(row["key"]).record == record.marker


@pytest.mark.parametrize("reply", [Reply.json("", 404), Reply.json(a_row(1, "DELETED"))])
def test_a_job_that_is_not_shown_any_more_stays_as_it_was_last_seen_until_it_is_back(
    serve: Serve, monitor: MakeMonitor, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PollInterval, "for_client", lambda *_, **__: PollInterval(0.05, 1.2, 0.1))
    account = Account([a_row(1), a_row(2, "DELETED")])
    ended: list[Job] = []
    shown, view = monitor(endpoint=serve(account).url, token="t", on_done=ended.append)
    is_live(shown, 2)
    view.request("rows")
    path = ("GET", f"/jobs/pizdaint/bsp_pizdaint_01/{a_row(1)['job_id']}/")
    account.on(*path, reply)

    def lost() -> list[Any]:
        rows = [row for change in pushes(view, "changed") for row in change["rows"]]
        return [row for row in rows if row["job_id"] == a_row(1)["job_id"] and row["is_lost"]]

    settled(lost, "the loss")
    row = lost()[-1]
    assert (row["stage"], row["outcome"], row["is_over"]) == ("RUNNING", "", False)
    assert (row["since"], row["running_since"]) == ("", "")  # no time is counted
    assert "not known" in row["note"]
    assert "does not show" in row["meaning"]
    details = view.request("open", key=row["key"])
    assert details["view"]["is_lost"]
    assert details["view"]["meaning"] == row["meaning"]

    async def at_its_end() -> Job:
        waiting = asyncio.create_task(shown.done(row["job_id"]))
        # Nobody waits for those that were not shown when it was asked.
        assert {job.stage for job in await shown.done()} == {"RUNNING", "DELETED"}
        assert ended == []
        assert not waiting.done()
        account.jobs[0] |= DONE
        del account.replies[path]
        return await waiting

    assert wait(at_its_end()).outcome == "succeeded"
    settled(lambda: len(ended) == 1, "the word of its end")
    assert ended[0].outcome == "succeeded"


def test_a_job_that_the_monitor_has_cancelled_is_told_as_cancelled(
    records: Records, serve: Serve, monitor: MakeMonitor
) -> None:
    """Piz Daint says FAILED of it."""
    record = a_record("accepted")
    account = Account([a_job(record, stage="RUNNING")])
    account.on("DELETE", "/", Reply(204, content_type=None))
    records.save(record.moved("accepted", job=account.jobs[0]))
    ended: list[Job] = []
    shown, view = monitor(endpoint=serve(account).url, token="t", on_done=ended.append)
    is_live(shown, 1)
    (key,) = [row["key"] for row in view.request("rows")["rows"]]
    assert view.request("end", key=key, what="cancel")["ok"]
    kept = records.read(record.marker)
    assert kept is not None
    assert kept.end_sent == "cancel"  # at once: this program may end before the job does
    account.jobs[0] |= {"stage": "FAILED", "terminal_stage": True, "failed": True}
    settled(lambda: ended, "the end")
    assert ended[0].outcome == "cancelled"
    until(shown, "saved", lambda saved: saved["rows"][0]["outcome"] == "cancelled")
    details = view.request("open", key=key)
    assert details["view"]["outcome"] == "cancelled"
    assert "Cancelled" in details["view"]["meaning"]
    assert details["cause"] is None


ODD: list[Any] = [
    *(None, True, -1, 1e308, 10**400, "", "\ud83d", "rep\u202egnp.exe", "x" * 5_000, "\x1b[2J\x00"),
    *([], {"a": [1]}, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30"),
    *("9" * 500, "NaN", "PIZDAINT", "DELETED", "FAILED", "RUNNING", "a\nb"),
]


def test_one_odd_job_costs_none_of_the_others(serve: Serve, monitor: MakeMonitor) -> None:
    odd = [
        a_row(1_000 + number, **{key: value})
        for number, (key, value) in enumerate(
            (key, value) for key in BODY if key != "job_id" for value in ODD
        )
    ]
    rows = [*odd, *(a_row(number) for number in range(30)), {"job_id": 7}, None, "x", {}]
    # Bytes that are no character, as a service may pass them on; json.dumps has only escapes.
    body = json.dumps(rows).encode().replace(rb"\ud83d", b"\xed\xa0\xbd", 5)

    def answer(request: Received) -> Reply:
        return Reply(200, body) if request.target.startswith("/jobs/") else Reply.json([])

    shown, view = monitor(endpoint=serve(answer).url, token="t")
    is_live(shown, len(odd) + 30)
    told = view.request("rows")["rows"]
    assert len(told) == len(odd) + 30
    for row in told:
        assert view.request("open", key=row["key"])["error"] == ""
    for state in (told, shown.saved, shown.condition, [repr(job) for job in shown.jobs]):
        text = json.dumps(state, ensure_ascii=False)
        text.encode()
        assert "\u202e" not in text


def test_hostile_words_travel_as_text_and_end_somewhere(serve: Serve, monitor: MakeMonitor) -> None:
    nasty = "<img src=x onerror=alert(1)>\x1b[2J\u202e" + "x" * 100_000
    rows = [
        a_row(1, title=nasty, stage=nasty, project_hpc=nasty, project_name=nasty, owner=nasty),
        a_row(2, title="\ud800", runtime=float("nan"), init_date="soon", end_date=7, **{"é": [{}]}),
        a_row(3, job_id="../../etc", project_name="a/b", runtime="1e999"),
        {"job_id": "bare"},
    ]
    listed = Account().on("GET", "/jobs/", Reply(body=json.dumps(rows)))
    shown, view = monitor(endpoint=serve(listed).url, token="t")
    is_live(shown, 4)
    answer = view.request("rows")
    assert len(answer["rows"]) == 4
    assert len(json.dumps(answer)) < 20_000
    for row in answer["rows"]:
        details = view.request("open", key=row["key"])
        assert details["kind"] == "details"
        assert details["key"] == row["key"]
        assert details["error"] == ""
    assert len(shown.saved["rows"]) == 4


def test_what_is_shown_can_be_chosen_in_python_and_in_the_view(
    serve: Serve, monitor: MakeMonitor
) -> None:
    rows = [a_row(1, **DONE), NSG_BODY | {"id": 2} | DONE, a_row(3, project_name="x", **DONE)]
    server = serve(Account(rows))
    shown, view = monitor(endpoint=server.url, token="t")
    is_live(shown, 3)
    lists = len(server.ledger)
    shown.hpc = "NSG "
    until(shown, "jobs", lambda jobs: [job.id for job in jobs] == [2])
    assert shown.hpc == "nsg"
    view.change(hpc="pizdaint", project="X")
    until(shown, "jobs", lambda jobs: [job.id for job in jobs] == [3])
    view.change(hpc="", project="")
    is_live(shown, 3)
    assert len(view.request("rows")["rows"]) == 3  # the view has them all, and chooses itself
    assert len(server.ledger) >= lists


def test_a_monitor_of_one_system_asks_for_more_once_more_is_to_be_shown(
    serve: Serve, monitor: MakeMonitor
) -> None:
    server = serve(Account([a_row(1, **DONE), NSG_BODY | {"id": 2} | DONE]))
    shown, _ = monitor("nsg", endpoint=server.url, token="t")
    is_live(shown, 1)
    assert "/jobs/" not in [request.target for request in server.ledger]
    shown.hpc = ""
    is_live(shown, 2)


def test_a_system_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no HPC system"):
        JobMonitor("summit", endpoint="http://127.0.0.1:9")


def test_a_token_typed_into_the_view_is_used_and_shows_nowhere(
    serve: Serve, monitor: MakeMonitor
) -> None:
    def answer(request: Received) -> Reply:
        is_known = request.header("Authorization") == [f"Bearer {TOKEN}"]
        return Account([a_row(1, **DONE)])(request) if is_known else Reply.html(500)

    shown, view = monitor(endpoint=serve(answer).url)
    until(shown, "condition", lambda now: now["state"] == "failed")
    assert shown.connection["state"] == "no_token"
    assert view.request("token", token=TOKEN)["ok"]
    is_live(shown, 1)
    assert TOKEN not in json.dumps(view.comm.sent)
    assert TOKEN not in repr(shown)


def test_done_waits_for_all_that_are_shown(serve: Serve, monitor: MakeMonitor) -> None:
    account = Account([a_row(1, **DONE), a_row(2), a_row(3)])
    shown, _ = monitor(endpoint=serve(account).url, token="t")
    is_live(shown, 3)

    async def main() -> tuple[Job, ...]:
        waiting = asyncio.create_task(shown.done())
        await asyncio.sleep(0.3)
        account.jobs[1] |= DONE
        await asyncio.sleep(0.3)
        assert not waiting.done()
        account.jobs[2] |= DONE
        return await waiting

    assert {job.outcome for job in wait(main())} == {"succeeded"}


def test_on_done_is_called_once_for_each_job_that_ends_while_it_is_watched(
    serve: Serve, monitor: MakeMonitor, planted: list[str]
) -> None:
    planted.append("a function given to on_done failed")
    account = Account([a_row(1, **DONE), a_row(2)])
    told: list[tuple[str, Job]] = []
    both = threading.Semaphore(0)

    def fails(job: Job) -> None:
        told.append(("fails", job))
        both.release()
        raise ZeroDivisionError

    shown, _ = monitor(endpoint=serve(account).url, token="t", on_done=fails)

    @shown.on_done
    async def awaited(job: Job) -> None:
        told.append(("awaited", job))
        both.release()

    is_live(shown, 2)
    account.jobs[1] |= DONE
    assert both.acquire(timeout=SECONDS)
    assert both.acquire(timeout=SECONDS)
    wait(shown.refresh())
    assert sorted(name for name, _ in told) == ["awaited", "fails"]
    assert {job.id for _, job in told} == {2}
    assert {job.outcome for _, job in told} == {"succeeded"}
    until(shown, "condition", lambda now: "on_done: something went wrong" in now["message"])


def test_a_slow_function_of_the_users_holds_up_nothing(serve: Serve, monitor: MakeMonitor) -> None:
    account = Account([a_row(1), a_row(2)])
    free, begun = threading.Event(), threading.Event()

    def slow(job: Job) -> None:
        begun.set()
        free.wait(SECONDS)

    shown, _ = monitor(endpoint=serve(account).url, token="t", on_done=slow)
    is_live(shown, 2)
    account.jobs[0] |= DONE
    assert begun.wait(SECONDS)
    account.jobs[1] |= {"stage": "STAGINGOUT"}
    until(shown, "jobs", lambda jobs: "STAGINGOUT" in {job.stage for job in jobs})
    free.set()


@pytest.mark.parametrize(
    "wanted", ["00000002-9e15-4fe3-9f84-0eaeb4cc94aa", "00000002", " 00000002 "]
)
def test_a_job_is_found_by_its_id_or_how_that_begins(
    serve: Serve, monitor: MakeMonitor, wanted: str
) -> None:
    shown, _ = monitor(endpoint=serve(Account([a_row(1, **DONE), a_row(2, **DONE)])).url, token="t")
    is_live(shown, 2)
    assert shown.job(wanted).id == 2


@pytest.mark.parametrize("wanted", ["", "9", "4CC94AA", "no such job"])
def test_a_job_that_cannot_be_told_is_not_guessed(
    serve: Serve, monitor: MakeMonitor, wanted: str
) -> None:
    shown, _ = monitor(endpoint=serve(Account([a_row(1, **DONE), a_row(2, **DONE)])).url, token="t")
    is_live(shown, 2)
    with pytest.raises(InvalidInput) as raised:
        shown.job(wanted)
    assert raised.value.field == "job"


def test_a_cancelled_job_is_judged_by_what_is_shown_afterwards(
    known: LocalService, monitor: MakeMonitor, panel: Callable[..., Any]
) -> None:
    sent = wait(panel(command="sleep 60", title="Long").submit())
    shown, _ = monitor()
    until(shown, "jobs", lambda jobs: sent.job_id in {job.job_id for job in jobs})
    assert wait(shown.cancel(sent.job_id)).outcome == "cancelled"
    assert wait(shown.done(sent.job_id)).outcome == "cancelled"
    assert wait(shown.cancel(sent)).outcome == "cancelled"  # it is over: nothing is sent


def test_ten_thousand_jobs_are_listed_in_reasonable_time(
    serve: Serve, monitor: MakeMonitor, file_calls: FileCalls
) -> None:
    file_calls.leave()  # it takes time
    server = serve(Account([a_row(number, **DONE) for number in range(10_000)]))
    start = time.perf_counter()
    shown, view = monitor(endpoint=server.url, token="t")
    is_live(shown, 10_000)
    rows = view.request("rows")["rows"]
    assert len({row["key"] for row in rows}) == 10_000
    assert len(shown.saved["rows"]) == MOST_SAVED
    assert time.perf_counter() - start < 15  # some two, where nothing else runs


def test_each_job_takes_little_memory(serve: Serve, monitor: MakeMonitor) -> None:
    server = serve(Account([a_row(number, **DONE) for number in range(1000)]))
    tracemalloc.start()
    try:
        shown, view = monitor(endpoint=server.url, token="t")
        is_live(shown, 1000)
        view.request("rows")
        view.comm.sent.clear()
        size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 12_000_000  # with the server's own and all that was imported
    assert peak < 30_000_000


def test_what_is_synced_stays_small(serve: Serve, monitor: MakeMonitor) -> None:
    """It is in every saved notebook."""
    shown, _ = monitor(
        endpoint=serve(Account([a_row(number, **DONE) for number in range(200)])).url, token="t"
    )
    is_live(shown, 200)
    state = {name: getattr(shown, name) for name in shown.keys if not name.startswith("_")}
    state.pop("layout")
    assert len(json.dumps(state)) < 40_000


def test_without_pandas_the_user_is_told_what_to_install(
    serve: Serve, monitor: MakeMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    shown, _ = monitor(endpoint=serve(Account([a_row(1, **DONE)])).url, token="t")
    is_live(shown, 1)
    with pytest.raises(BspsaError, match="pip install pandas"):
        shown.to_frame()


def test_with_pandas_there_is_a_frame_with_types(serve: Serve, monitor: MakeMonitor) -> None:
    pytest.importorskip("pandas")
    rows = [a_row(1, "RUNNING"), a_row(2, init_date="soon", runtime=None, **DONE)]
    shown, _ = monitor(endpoint=serve(Account(rows)).url, token="t")
    is_live(shown, 2)
    frame = shown.to_frame()
    assert str(frame["submitted"].dtype) == "datetime64[ns, UTC]"
    assert str(frame["hours_used"].dtype) == "float64"
    assert list(frame["hours_asked"].isna()) == [job.runtime is None for job in shown.jobs]


def test_a_fault_of_ours_is_told_in_the_panel(
    serve: Serve, monitor: MakeMonitor, planted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.append("ended with ZeroDivisionError")
    shown, _ = monitor(endpoint=serve(Account()).url, token="t")
    is_live(shown, 0)

    async def broken() -> None:
        raise ZeroDivisionError

    shown._tasks.run(broken(), "following your jobs")
    until(shown, "condition", lambda now: "ZeroDivisionError" in now["message"])
    wait(shown.refresh())
    assert "ZeroDivisionError" in shown.condition["message"]  # read anew, and still not kept so
    assert shown.condition["state"] == "old"


def test_a_fault_beside_the_table_is_told_and_leaves_the_table_live(
    serve: Serve, monitor: MakeMonitor, planted: list[str]
) -> None:
    planted.append("ended with ZeroDivisionError")
    shown, _ = monitor(endpoint=serve(Account()).url, token="t")
    is_live(shown, 0)

    async def broken() -> None:
        raise ZeroDivisionError

    for name in ("download", "choosing jobs"):
        shown._tasks.run(broken(), name)
    until(shown, "condition", lambda now: "Choosing jobs: something" in now["message"])
    wait(shown.refresh())
    assert shown.condition["message"].startswith("Download: something went wrong")
    assert shown.condition["state"] == "live"


def test_a_closed_monitor_asks_no_more(serve: Serve, monitor: MakeMonitor, tmp_path: Path) -> None:
    server = serve(Account([a_row(1)]))
    shown, _ = monitor(endpoint=server.url, token="t")
    is_live(shown, 1)
    shown.close()
    settled(lambda: not shown._tasks._tasks, "the end")
    settled(lambda: not server.is_used, "what was on its way")
    asked = len(server.ledger)
    threading.Event().wait(0.5)
    assert len(server.ledger) == asked
