"""What the monitor's view asks for is answered exactly once, in the shape that it waits for."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import JobForm
from bspsa_widgets.errors import JobUnread
from bspsa_widgets.records.store import Records
from bspsa_widgets.runtime.event_loop import background
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.widgets.base import contract as base_contract
from bspsa_widgets.widgets.monitor import contract as monitor_contract
from bspsa_widgets.widgets.monitor import files_contract
from bspsa_widgets.widgets.monitor.job_monitor import JobMonitor
from tests.cli.server import Server
from tests.faulty_server import Account, Received, Reply, contract
from tests.made_up_system import OPTIONS
from tests.records.kept import a_job, a_record
from tests.submission.nsg_job import OVER, REF, RUNNING, NsgJob
from tests.widgets.view import SECONDS, View, settled, until

BODY = contract("submit_pizdaint.json")["response"]["body"]
DONE = {"stage": "SUCCESSFUL", "terminal_stage": True, "failed": False}
FAILED = {"stage": "FAILED", "terminal_stage": True, "failed": True}
KEY = f"pizdaint/bsp_pizdaint_01/{BODY['job_id']}"
NSG_KEY = "/".join(REF)

MakeMonitor = Callable[..., tuple[JobMonitor, View]]
Serve = Callable[..., Server]

ABOUT_A_JOB: tuple[dict[str, Any], ...] = (
    {"kind": "open"},
    {"kind": "close"},
    {"kind": "log", "stream": "stderr", "lines": 10, "whole": False},
    {"kind": "unfollow"},
    {"kind": "files"},
    {"kind": "download", "names": [], "folder": "", "replace": []},
    {"kind": "stop_download"},
    {"kind": "unpack", "name": "output.tar.gz"},
    {"kind": "preview", "name": "stdout"},
    {"kind": "end", "what": "cancel"},
)
ANSWERS: dict[str, Any] = {
    "open": monitor_contract.Details,
    "log": monitor_contract.Log,
    "files": files_contract.Files,
    "download": files_contract.Downloaded,
    "unpack": files_contract.Unpacked,
    "preview": files_contract.Preview,
}


class Files:
    """An account with one job on Piz Daint and its files."""

    def __init__(self, files: dict[str, bytes], **job: Any) -> None:
        self.files = files
        self.account = Account([BODY | job])
        self.wait: asyncio.Event | None = None
        self.asked: list[str] = []

    @property
    def job(self) -> dict[str, Any]:
        return self.account.jobs[0]

    async def __call__(self, request: Received) -> Reply:
        parts = request.target.strip("/").split("/")
        if parts[0] != "files":
            return self.account(request)
        if len(parts) == 4:
            return Reply.json([f"/{name}" for name in self.files])
        self.asked.append(parts[4])
        if parts[4] == "slow":
            return Reply(body=b"x" * 1000, cut=300, end="stall")
        data = self.files.get(parts[4])
        return Reply.json("", 404) if data is None else Reply(body=data, content_type="x/y")


def opened(monitor: MakeMonitor, server: Server, **options: Any) -> tuple[JobMonitor, View]:
    shown, view = monitor(endpoint=server.url, token="t", **options)
    until(shown, "condition", lambda now: now["state"] == "live")
    return shown, view


def pushes(view: View, kind: str) -> list[dict[str, Any]]:
    return [said for said in view.comm.custom() if said["kind"] == kind and said["id"] == ""]


def of_contract(name: str) -> set[str]:
    """The keys that the contract declares."""
    kind = getattr(monitor_contract, name, None) or getattr(files_contract, name)
    return set(kind.__annotations__)


def test_hello_proves_that_a_kernel_listens(serve: Serve, monitor: MakeMonitor) -> None:
    _, view = opened(monitor, serve(Account()))
    answer = view.request("hello")
    name = answer["id"]
    said = {"kind": "hello", "comm": view.comm.comm_id, "under_way": []}
    assert answer == said | {"id": name}
    assert len(view.answers(name)) == 1


@pytest.mark.parametrize("content", ABOUT_A_JOB, ids=lambda content: content["kind"])
@pytest.mark.parametrize("is_there", [True, False])
def test_every_request_is_answered_once_in_its_own_shape(
    serve: Serve, monitor: MakeMonitor, content: dict[str, Any], is_there: bool
) -> None:
    server = serve(Files({"stdout": b"1\n", "stderr": b""}, **DONE))
    _, view = opened(monitor, server)
    key = KEY if is_there else "pizdaint/x/NONE"
    for _ in range(2):  # the same message twice is done once
        answer = view.request(id="one", key=key, **content)
    view.request("hello")
    assert len(view.answers("one")) == 1
    shape = ANSWERS.get(content["kind"], base_contract.Reply)
    assert set(answer) == set(shape.__annotations__)
    assert answer["kind"] == shape.__name__.lower()
    if answer["kind"] == "reply":
        is_fine = is_there or content["kind"] in ("close", "unfollow", "stop_download")
        assert answer["ok"] is is_fine
    else:
        assert answer.get("key", key) == key
        problem = answer["problem" if answer["kind"] == "log" else "error"]
        assert bool(problem) is (not is_there or content["kind"] == "unpack")


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "nonsense"},
        {"kind": "nonsense", "key": KEY},
        {"kind": None},
        {"kind": "open", "key": 7},
        {"kind": "log", "key": KEY, "stream": "x"},
        {"kind": "end", "key": KEY, "what": "explode"},
        {"kind": "preview", "key": KEY, "name": None},
        {"kind": "token", "token": 1},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    serve: Serve, monitor: MakeMonitor, content: dict[str, Any]
) -> None:
    _, view = opened(monitor, serve(Account([BODY])))
    answer = view.request(content.pop("kind"), **content)
    assert (answer["kind"], answer["ok"]) == ("reply", False)
    assert answer["message"]


def test_the_traits_are_those_of_the_contract(serve: Serve, monitor: MakeMonitor) -> None:
    shown, _ = opened(monitor, serve(Account([BODY])))
    assert of_contract("MonitorTraits") <= set(shown.keys)
    assert of_contract("Condition") == set(shown.condition)
    assert of_contract("Saved") == set(shown.saved)
    assert of_contract("JobRow") == set(shown.saved["rows"][0])


def test_an_open_job_is_told_anew_as_it_goes_on_and_why_it_failed(
    serve: Serve, monitor: MakeMonitor
) -> None:
    files = Files({"stdout": b"", "stderr": b"bash: run.sh: command not found\n"})
    _, view = opened(monitor, serve(files))
    details = view.request("open", key=KEY)
    assert details["view"]["stage"] == files.job["stage"]
    assert details["can_cancel"]
    assert details["ask_cancel"].startswith("Cancel ")
    files.job.update(FAILED)
    settled(lambda: any(said["cause"] for said in pushes(view, "details")), "a cause")
    told = next(said for said in pushes(view, "details") if said["cause"])
    assert "command not found" in told["cause"]["evidence"]
    assert set(told["cause"]) == of_contract("CauseState")
    assert told["view"]["outcome"] == "failed"
    assert not told["can_cancel"]
    assert len(told["view"]["seen"]) == 2


def test_a_closed_job_is_told_of_no_more(serve: Serve, monitor: MakeMonitor) -> None:
    files = Files({})
    shown, view = opened(monitor, serve(files))
    view.request("open", key=KEY)
    view.request("close", key=KEY)
    files.job.update(DONE)
    until(shown, "jobs", lambda jobs: jobs[0].is_over)
    view.request("hello")
    assert [said for said in pushes(view, "details") if said["view"]["stage"] == "SUCCESSFUL"] == []


@pytest.mark.usefixtures("cluster")
def test_details_hold_the_settings_that_only_one_system_has(
    serve: Serve, monitor: MakeMonitor, records: Records
) -> None:
    record = a_record("accepted", hpc="cluster", form=JobForm(hpc="cluster", options=OPTIONS))
    files = Files({"stdout": b""}, **a_job(record, stage="RUNNING", project_hpc="CLUSTER"))
    records.save(record.moved("accepted", job=files.job))
    _, view = opened(monitor, serve(files))
    key = f"cluster/bsp_pizdaint_01/{files.job['job_id']}"
    settings = view.request("open", key=key)["record"]["settings"]
    assert {"label": "Partition", "value": "long"} in settings
    assert {"label": "Memory per node", "value": "64"} in settings


def test_details_hold_the_record_with_its_settings_and_whether_the_input_is_there(
    serve: Serve, monitor: MakeMonitor, records: Records
) -> None:
    record = a_record("accepted", folder="ca1-\udcff-fit")
    records.save(record.moved("accepted", job=a_job(record, title=float("nan"))))
    files = Files({"stdout": b""}, **a_job(record, stage="QUEUED"))
    _, view = opened(monitor, serve(files))
    key = f"pizdaint/bsp_pizdaint_01/{files.job['job_id']}"
    details = view.request("open", key=key)
    assert details["record"]["record"] == record.marker
    assert set(details["record"]) == of_contract("RecordDetails")
    assert {"label": "Command", "value": "ls"} in details["record"]["settings"]
    assert record.marker in details["record"]["python"]
    settled(lambda: any(said["input"]["state"] for said in pushes(view, "details")), "a look")
    (told,) = [said["input"] for said in pushes(view, "details") if said["input"]["state"]][:1]
    assert told["state"] == "missing"
    assert record.archive.name in told["words"]


def test_a_log_is_followed_while_the_job_goes_on_and_left_on_request(
    serve: Serve, monitor: MakeMonitor
) -> None:
    files = Files({"stdout": b"1\n", "stderr": b"\x1b[31mred\x1b[0m\n"}, stage="RUNNING")
    _, view = opened(monitor, serve(files))
    red = view.request("log", key=KEY, stream="stderr", lines=10, whole=False)
    assert red["lines"] == [[["red", "red"]]]
    out = view.request("log", key=KEY, stream="stdout", lines=10, whole=False)
    assert out["lines"] == [[["1", ""]]]
    assert set(out) == of_contract("Log")
    files.files["stdout"] = b"1\n2\n"
    settled(lambda: pushes(view, "log_changed"), "more of the log")
    told = pushes(view, "log_changed")[-1]
    assert set(told) == of_contract("LogChanged")
    assert (told["kept"], told["lines"]) == (1, [[["2", ""]]]), "only what is new travels"
    assert told["revision"] == out["revision"] + 1
    assert {said["stream"] for said in pushes(view, "log_changed")} == {"stdout"}
    view.request("unfollow", key=KEY)
    said = len(pushes(view, "log_changed"))
    files.files["stdout"] = b"1\n2\n3\n"
    view.request("hello")
    assert len(pushes(view, "log_changed")) == said


def test_a_page_that_asks_for_a_log_that_is_followed_gets_all_of_it_and_both_go_on(
    serve: Serve, monitor: MakeMonitor
) -> None:
    files = Files({"stdout": b"1\n"}, stage="RUNNING")
    _, view = opened(monitor, serve(files))
    asked = {"key": KEY, "stream": "stdout", "lines": 10, "whole": False}
    view.request("log", **asked)
    files.files["stdout"] = b"1\n2\n"
    settled(lambda: pushes(view, "log_changed"), "more of the log")
    reads = len(files.asked)
    again = view.request("log", **asked)
    assert len(files.asked) == reads, "the service is not asked once more"
    assert again["lines"] == [[["1", ""]], [["2", ""]]]
    assert again["revision"] == pushes(view, "log_changed")[-1]["revision"]
    files.files["stdout"] = b"1\n2\n3\n"
    settled(lambda: len(pushes(view, "log_changed")) == 2, "more of the log")
    assert pushes(view, "log_changed")[-1]["revision"] == again["revision"] + 1
    other = view.request("log", **asked | {"lines": 5})
    assert other["revision"] > again["revision"] + 1, "no changes are taken for those of another"


def test_files_are_listed_fetched_once_and_looked_at(
    serve: Serve, monitor: MakeMonitor, tmp_path: Path
) -> None:
    files = Files({"stdout": b"1\n", "v.csv": b"t,v\n0,-65\n"}, title="A fit", **DONE)
    _, view = opened(monitor, serve(files))
    place = f"results/A fit-{BODY['job_id'][-7:]}"
    listed = view.request("files", key=KEY)
    assert [(file["name"], file["state"]) for file in listed["files"]] == [
        ("stdout", ""),
        ("v.csv", ""),
    ]
    assert listed["place"] == place
    done = view.request("download", key=KEY, names=[], folder="", replace=[])
    assert [file["path"] for file in done["came"]] == [f"{place}/stdout", f"{place}/v.csv"]
    assert (done["error"], done["stopped"]) == ("", False)
    assert (tmp_path / place / "v.csv").read_bytes() == b"t,v\n0,-65\n"
    again = view.request("download", key=KEY, names=[], folder="", replace=[])
    assert (again["came"], again["kept"]) == ([], ["stdout", "v.csv"])
    seen = view.request("preview", key=KEY, name="v.csv")
    assert (seen["what"], seen["header"], seen["rows"]) == ("table", ["t", "v"], [["0", "-65"]])
    assert files.asked.count("v.csv") == 1
    assert {file["state"] for file in view.request("files", key=KEY)["files"]} == {"here"}


def test_what_was_changed_here_is_replaced_on_the_users_word_only(
    serve: Serve, monitor: MakeMonitor, tmp_path: Path
) -> None:
    files = Files({"stdout": b"1\n"}, **DONE)
    _, view = opened(monitor, serve(files))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "stdout").write_text("notes")
    asked = {"key": KEY, "names": ["stdout"], "folder": "mine"}
    left = view.request("download", replace=[], **asked)
    assert [(one["name"], one["may_replace"]) for one in left["left"]] == [("stdout", True)]
    assert (tmp_path / "mine" / "stdout").read_text() == "notes"
    came = view.request("download", replace=["stdout"], **asked)
    assert len(came["came"]) == 1
    assert (tmp_path / "mine" / "stdout").read_text() == "1\n"


def test_one_download_at_a_time_which_can_be_stopped(
    serve: Serve, monitor: MakeMonitor, tmp_path: Path
) -> None:
    files = Files({"stdout": b"1\n", "slow": b""}, **DONE)
    _, view = opened(monitor, serve(files))
    everything = {"kind": "download", "key": KEY, "names": [], "folder": "x", "replace": []}
    view.send(everything | {"id": "first"})
    settled(lambda: "slow" in files.asked, "the slow file")
    second = view.request("download", **{k: v for k, v in everything.items() if k != "kind"})
    assert "under way" in second["error"]
    assert view.request("stop_download", key=KEY)["ok"]
    first = view.answer("first")
    assert first["stopped"]
    assert [file["name"] for file in first["came"]] == ["stdout"]
    assert not (tmp_path / "x" / "slow").exists()
    assert set(pushes(view, "downloading")[0]) == of_contract("Downloading")


def test_an_archive_is_unpacked_once_it_is_here(serve: Serve, monitor: MakeMonitor) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo("out/spikes.txt")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"1 2"))
    _, view = opened(monitor, serve(Files({"output.tar.gz": packed.getvalue()}, **DONE)))
    assert "Download it first" in view.request("unpack", key=KEY, name="output.tar.gz")["error"]
    view.request("download", key=KEY, names=["output.tar.gz"], folder="", replace=[])
    done = view.request("unpack", key=KEY, name="output.tar.gz")
    assert (done["error"], done["files"], done["size"]) == ("", 1, 3)
    assert done["folder"].startswith("results/")


def test_a_job_that_is_over_meanwhile_is_not_deleted_by_a_cancel(
    serve: Serve, monitor: MakeMonitor
) -> None:
    """On NSG the request that cancels a running job deletes the files of one that is over."""
    account = NsgJob(**RUNNING)
    shown, view = opened(monitor, serve(account))
    account.job |= OVER
    answer = view.request("end", key=NSG_KEY, what="cancel", unread=False)
    assert answer["ok"]
    assert "was over already" in answer["message"]
    assert shown.job(account.job["job_id"]).stage == "COMPLETED"
    assert asyncio.run(shown.cancel(account.job["job_id"])).stage == "COMPLETED"
    assert account.deletes == 0


def test_a_job_that_cannot_be_read_is_cancelled_once_the_user_knows_what_may_be_lost(
    serve: Serve, monitor: MakeMonitor
) -> None:
    account = NsgJob(**RUNNING)
    shown, view = opened(monitor, serve(account))
    details = view.request("open", key=NSG_KEY)
    assert (details["is_unread"], details["ask_cancel"][:6]) == (False, "Cancel")
    account.reads = False
    answer = view.request("end", key=NSG_KEY, what="cancel", unread=False)
    assert not answer["ok"]
    assert "Nothing was sent" in answer["message"]
    assert account.deletes == 0
    # The details may have been pushed before: with the time of an earlier read of the job.
    settled(lambda: any(said["is_unread"] for said in pushes(view, "details")), "the details")
    told = pushes(view, "details")[-1]
    assert "not known whether it is over" in told["ask_cancel"]
    assert "lost for good" in told["ask_cancel"]
    with pytest.raises(JobUnread, match="unread=True"):
        asyncio.run(shown.cancel(account.job["job_id"]))
    assert account.deletes == 0
    answer = view.request("end", key=NSG_KEY, what="cancel", unread=True)
    assert "not known whether the job was cancelled" in answer["message"]
    assert (account.deletes, account.job["stage"]) == (1, "CANCELED")


def test_a_job_that_nsg_does_not_find_for_a_moment_is_not_deleted_by_a_cancel(
    serve: Serve, monitor: MakeMonitor
) -> None:
    account = NsgJob(**RUNNING)
    _, view = opened(monitor, serve(account))
    view.request("open", key=NSG_KEY)
    account.job["stage"] = "DELETED"
    answer = view.request("end", key=NSG_KEY, what="cancel", unread=False)
    assert not answer["ok"]
    assert "which may pass" in answer["message"]
    assert account.deletes == 0
    settled(lambda: any(said["is_unread"] for said in pushes(view, "details")), "the details")
    assert "lost for good" in pushes(view, "details")[-1]["ask_cancel"]


def test_the_files_of_a_job_that_cannot_be_read_are_fetched(
    serve: Serve, monitor: MakeMonitor, tmp_path: Path
) -> None:
    account = NsgJob(**OVER)
    shown, view = opened(monitor, serve(account))
    account.reads = False
    listed = view.request("files", key=NSG_KEY)
    assert [file["name"] for file in listed["files"]] == ["spikes.txt"]
    assert "cannot be read" in listed["notes"][-1]
    done = view.request("download", key=NSG_KEY, names=[], folder="", replace=[])
    assert done["error"] == ""
    assert (tmp_path / done["came"][0]["path"]).read_text() == "1 2 3"
    (path,) = asyncio.run(shown.download(account.job["job_id"]))
    assert path == tmp_path / done["came"][0]["path"]


def test_a_cancel_is_answered_by_what_is_known_afterwards(
    known: LocalService, monitor: MakeMonitor, panel: Callable[..., Any]
) -> None:
    sent = asyncio.run(panel(command="sleep 60", title="To be cancelled").submit())
    shown, view = monitor()
    until(shown, "jobs", lambda jobs: sent.job_id in {job.job_id for job in jobs})
    answer = view.request("end", key=f"pizdaint/bsp_pizdaint_01/{sent.job_id}", what="cancel")
    assert answer["ok"]
    assert answer["message"] == "The job is cancelled."


def test_the_submit_panel_tells_of_the_end_of_its_job_once(
    known: LocalService, panel: Callable[..., Any]
) -> None:
    told: list[Job] = []
    made = panel(title="With a notice", on_done=told.append)
    job = asyncio.run(made.submit())
    asyncio.run(asyncio.wait_for(made.done(), SECONDS))
    settled(lambda: told, "the notice")
    assert [(one.job_id, one.outcome) for one in told] == [(job.job_id, "succeeded")]
    later: list[Job] = []
    again = panel(on_done=later.append)  # shows the same job, which is over
    settled(lambda: again._shown._followed is not None, "the job of the record")
    ended = asyncio.run(asyncio.wait_for(again.done(), SECONDS))
    assert ended.job_id == job.job_id
    background().run(asyncio.sleep(0.05), "a moment").result(SECONDS)
    assert later == []
