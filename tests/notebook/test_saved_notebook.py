"""A notebook that was run and saved still says what was submitted, wherever it is opened."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

SECONDS = 120
SETUP = "from bspsa_widgets import JobSubmitter, LocalService\nservice = LocalService()"
PANEL = 'panel = JobSubmitter("job", command="true", title="CA1 <b>fit</b>")\npanel'
SUBMIT = "job = await panel.submit()"
KEEP_TOKEN = 'open("token", "w").write(service.token());'
DONE = "import asyncio\njob = await asyncio.wait_for(panel.done(), 60)\nprint(job.job_id)"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where notebooks run, with a folder to send and a local service of their own."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "job").mkdir()
    (folder / "job" / "init.py").write_text("print('spikes')\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("BSPSA_TOKEN", "CLB_AUTH", "BSPSA_ENDPOINT", "BSPSA_RECORDS"):
            patch.delenv(name, raising=False)
        patch.setenv("BSPSA_SERVICE_DIR", str(folder / "service"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        yield folder


def made(*sources: str) -> NotebookNode:
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    return notebook


def client(notebook: NotebookNode, place: Path) -> NotebookClient:
    resources = {"metadata": {"path": str(place)}}
    return NotebookClient(notebook, timeout=SECONDS, resources=resources)


@pytest.fixture(scope="module")
def run(place: Path) -> NotebookNode:
    """Shown in two cells, submitted in one, and waited for in a later one."""
    notebook = made(SETUP, PANEL, SUBMIT, "panel", DONE, KEEP_TOKEN)
    client(notebook, place).execute()
    return notebook


def copies(cell: NotebookNode) -> list[str]:
    """What an output of plain HTML says, in each output of a cell."""
    shown = [output.get("data", {}) for output in cell.outputs]
    found = [data["text/html"] for data in shown if "text/html" in data]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)) for text in found]


def printed(cell: NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream").strip()


def seen(page: str) -> str:
    """What people see of a page without widgets: what scripts hold is not it."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("cell", [1, 3])
def test_every_cell_that_showed_the_panel_has_the_end_of_the_job(
    run: NotebookNode, cell: int
) -> None:
    [text] = copies(run.cells[cell])
    for word in ("Done. The job ran to its end.", "SUCCESSFUL: Done.", "Piz Daint", "UTC"):
        assert word in text
    assert printed(run.cells[4]) in text
    assert "CA1 &lt;b&gt;fit&lt;/b&gt;" in text


def test_the_widget_itself_is_there_as_before(run: NotebookNode) -> None:
    assert [WIDGET in output.data for output in run.cells[1].outputs] == [False, True]


def test_the_copy_is_not_in_cells_that_only_use_the_panel(run: NotebookNode) -> None:
    assert run.cells[2].outputs == []


@pytest.mark.parametrize("has_state", [True, False])
def test_as_a_web_page_it_is_all_there_without_a_script(
    run: NotebookNode, place: Path, has_state: bool
) -> None:
    source = place / f"state-{has_state}.ipynb"
    copy = nbformat.from_dict(json.loads(nbformat.writes(run)))
    if not has_state:
        copy.metadata.pop("widgets")
    nbformat.write(copy, source)
    page = seen(exported(source))
    assert page.count(f"<td>{printed(run.cells[4])}</td>") == 2
    assert "<td>CA1 &lt;b&gt;fit&lt;/b&gt;</td>" in page


def test_run_by_nbconvert_the_page_has_the_job(place: Path) -> None:
    source = place / "executed.ipynb"
    nbformat.write(made(SETUP, PANEL, SUBMIT, DONE), source)
    page = seen(exported(source, "--execute"))
    [job] = re.findall(r"<pre>([0-9A-F-]{36})\s*</pre>", page)
    assert f"<td>{job}</td>" in page
    assert "<td>SUCCESSFUL: Done.</td>" in page


def exported(source: Path, *options: str) -> str:
    """As `jupyter nbconvert --to html` makes it."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", *options, str(source)]
    done = subprocess.run(
        command, cwd=source.parent, env=os.environ, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    return source.with_suffix(".html").read_text(encoding="utf-8")


def test_a_cell_that_is_run_again_has_the_copy_of_its_new_panel(place: Path) -> None:
    again = "job = await panel.submit(again=True)"
    notebook = made(SETUP, PANEL, SUBMIT, f"{again}\n{DONE}")

    async def go() -> None:
        running = client(notebook, place)
        async with running.async_setup_kernel():
            for number in (0, 1, 2, 1, 3):
                # As JupyterLab does: else the first panel, whose job goes on, would write
                # into what is now the second one's output.
                running.clear_display_id_mapping(number)
                await running.async_execute_cell(notebook.cells[number], number)

    asyncio.run(go())
    [text] = copies(notebook.cells[1])
    assert printed(notebook.cells[3]) in text
    assert sum(WIDGET in output.get("data", ()) for output in notebook.cells[1].outputs) == 1


def test_no_token_is_in_the_file(run: NotebookNode, place: Path) -> None:
    token = (place / "token").read_text()
    assert len(token) > 20
    assert token not in nbformat.writes(run)
