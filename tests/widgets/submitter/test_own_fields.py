"""The fields that only one system has: in the panel, a submission, its record and a sweep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.batch.job_spec import JobSpec
from bspsa_widgets.batch.submit_many import submit_many
from bspsa_widgets.errors import InvalidForm
from bspsa_widgets.records.store import Records
from bspsa_widgets.widgets.submitter.form import FormPanel
from bspsa_widgets.widgets.submitter.form_fields import FORM, FormFields
from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter
from tests.cli.server import Server
from tests.made_up_system import OPTIONS, PAYLOAD
from tests.widgets.conftest import MakePanel
from tests.widgets.view import View

pytestmark = pytest.mark.usefixtures("cluster")

# What the view's tests show: as Python sends it.
SENT = Path(__file__).parents[3] / "js" / "tests" / "made_up_system.json"


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    return serve()


@pytest.fixture
def made(panel: MakePanel, server: Server) -> JobSubmitter:
    return panel(hpc="cluster", endpoint=server.url, token="t", options=OPTIONS)


def payloads(server: Server) -> list[dict[str, str]]:
    posts = [request for request in server.ledger if request.method == "POST"]
    sent = [json.loads(post.header("Payload")[0]) for post in posts]
    return [{name: payload[name] for name in PAYLOAD} for payload in sent]


def test_the_view_gets_them_with_the_system() -> None:
    [system] = [system for system in FormPanel().systems if system["id"] == "cluster"]
    assert json.loads(json.dumps(system)) == json.loads(SENT.read_text(encoding="utf-8"))


def test_python_submits_them_and_the_record_keeps_them(
    made: JobSubmitter, server: Server, records: Records
) -> None:
    async def submitted() -> Any:
        return await made.submit()

    assert asyncio.run(submitted()).project_hpc == "CLUSTER"
    assert payloads(server) == [PAYLOAD]
    [record] = records.load().records
    assert record.form.options == OPTIONS
    assert {name: record.payload[name] for name in PAYLOAD} == PAYLOAD
    again = JobSubmitter.from_record(record.marker, root=made._root, endpoint=server.url)
    assert (again.hpc, again.options) == ("cluster", OPTIONS)
    again.close()


def test_the_view_submits_them(made: JobSubmitter, server: Server) -> None:
    view = View(made)
    view.change(options={})
    assert view.submit(form={"options": OPTIONS})["ok"]
    assert server.judged.wait(20)
    assert payloads(server) == [PAYLOAD]


def test_a_sweep_submits_them(server: Server, folder: Path, tmp_path: Path) -> None:
    one = {"folder": folder.name, "hpc": "cluster", "command": "true"}
    wanted = [one | {"options": OPTIONS}, JobSpec(**one, options=OPTIONS | {"partition": "x"})]
    jobs = asyncio.run(submit_many(wanted, root=tmp_path, endpoint=server.url, token="t"))
    assert [job.outcome for job in jobs] == ["accepted", "not_sent"]
    assert isinstance(jobs[1].error, InvalidForm)
    assert list(jobs[1].error.errors) == ["partition"]
    assert payloads(server) == [PAYLOAD]


def test_an_error_goes_when_its_field_is_changed_and_the_others_stay() -> None:
    panel = FormPanel(hpc="cluster", options=OPTIONS)
    panel.errors = {"partition": "No.", "exclusive": "No."}
    panel.options = OPTIONS | {"partition": "short"}
    assert panel.errors == {"exclusive": "No."}


def test_a_warning_comes_while_it_is_typed() -> None:
    panel = FormPanel(hpc="cluster", command="true")
    panel.options = {"memory_per_node": "600"}
    assert panel.warnings == {"memory_per_node": "Few nodes have more than 512 GB."}


def test_they_go_with_their_system() -> None:
    panel = FormPanel(hpc="cluster", options=OPTIONS)
    panel.hpc = "nsg"
    assert panel.options == {}


def test_editors_complete_what_the_form_has() -> None:
    assert {*FormFields.__annotations__, "folder"} == set(FORM)
