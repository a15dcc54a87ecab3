"""An error of ours is two lines in a notebook, and the whole traceback for who asks for it."""

from __future__ import annotations

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

CELLS = (
    "from bspsa_widgets import JobSubmitter\n"
    'panel = JobSubmitter("missing", command="true", endpoint="http://127.0.0.1:9", token="t")\n'
    "await panel.submit()",
    "%tb Verbose",
    "await panel.submit()",
    "%xmode Verbose",
    "await panel.submit()",
    "%xmode Context\n1 / 0",
)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The lines of the errors that the cells end in."""
    place = tmp_path_factory.mktemp("errors")
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(place / "ipython"))
        patch.setenv("BSPSA_RECORDS", str(place / "records"))
        resources = {"metadata": {"path": str(place)}}
        NotebookClient(notebook, timeout=120, resources=resources, allow_errors=True).execute()
    return [
        [line for output in cell.outputs for line in output.get("traceback", [])]
        for cell in notebook.cells
    ]


@pytest.mark.parametrize("cell", [0, 2])
def test_what_happened_and_what_to_do_are_a_line_each(shown: list[list[str]], cell: int) -> None:
    what, to_do = shown[cell]
    assert what.startswith("InvalidForm: folder: ")
    assert "missing" in what
    assert to_do == "Nothing was sent."
    assert "\n" not in what + to_do


@pytest.mark.parametrize("cell", [1, 4])
def test_who_asks_for_it_gets_the_whole_traceback(shown: list[list[str]], cell: int) -> None:
    text = "\n".join(shown[cell])
    assert "Traceback" in text
    assert "job_submitter.py" in text


def test_other_errors_are_shown_as_ever(shown: list[list[str]]) -> None:
    assert "Traceback" in "\n".join(shown[5])
    assert "ZeroDivisionError" in "\n".join(shown[5])
