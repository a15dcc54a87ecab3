"""The list says what is here, what was changed, and what it may have cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.results.api import results_place
from tests.results.results_server import NSG, Results


def test_sizes_are_told_where_they_are_known(tmp_path: Path) -> None:
    listed = [{"fileid": "1", "filename": "out.csv", "length": "12"}]
    (file,) = Results({}, listed=listed, ref=NSG).list(tmp_path).files
    assert (file.size, file.state, file.path, file.kind) == (12, "", None, "table")
    (unknown,) = Results({"a.txt": "1"}).list(tmp_path).files
    assert unknown.size is None


def test_what_is_here_is_told_from_what_was_changed_and_what_is_anothers(tmp_path: Path) -> None:
    service = Results({"a": "123", "b": "1", "c": "1", "d": "1", "e": "1"})
    service.fetch(tmp_path, "a", "b")
    (tmp_path / "b").write_text("2")
    (tmp_path / "c").write_text("mine")
    (tmp_path / "d").mkdir()
    files = {file.name_here: file for file in service.list(tmp_path).files}
    states = {name: file.state for name, file in files.items()}
    assert states == {"a": "here", "b": "changed", "c": "other", "d": "other", "e": ""}
    assert files["a"].size == 3
    assert files["e"].path is None
    assert files["c"].path == tmp_path / "c"


def test_what_came_while_the_job_went_on_counts_as_not_here(tmp_path: Path) -> None:
    service = Results({"stdout": "half"}, over=False)
    service.fetch(tmp_path)
    service.over = True
    (file,) = service.list(tmp_path).files
    assert (file.state, file.path) == ("", tmp_path / "stdout")


def test_names_are_those_that_fetching_uses(tmp_path: Path) -> None:
    service = Results({"A.txt": "1", "a.txt": "2", "x:y": "3"})
    listed = {file.file.name: file.name_here for file in service.list(tmp_path).files}
    service.fetch(tmp_path)
    assert set(listed.values()) == {
        path.name for path in tmp_path.iterdir() if not path.name.startswith(".")
    }
    again = {file.file.name: file.name_here for file in service.list(tmp_path).files}
    assert again == listed


def test_what_came_keeps_its_name_when_a_clashing_one_is_listed_later(tmp_path: Path) -> None:
    service = Results({"a.txt": "2"})
    service.fetch(tmp_path)
    service.files["A.txt"] = "1"
    files = {file.file.name: file for file in service.list(tmp_path).files}
    assert (files["a.txt"].name_here, files["a.txt"].state) == ("a.txt", "here")
    assert files["A.txt"].state == ""


@pytest.mark.parametrize("name", ["my", "data-", "x.", "plot_"])
def test_a_name_that_may_be_cut_is_told_as_a_guess(name: str, tmp_path: Path) -> None:
    notes = " ".join(Results({name: "1", "stdout": "", "out.csv": ""}).list(tmp_path).notes)
    assert f"“{name}”" in notes
    assert "may be so" in notes
    assert "stdout" not in notes
    assert "out.csv" not in notes


def test_a_list_of_usual_names_needs_no_notice(tmp_path: Path) -> None:
    assert Results({"stdout": "", "stderr": "", "rates.csv": ""}).list(tmp_path).notes == ()


def test_nsgs_names_are_whole(tmp_path: Path) -> None:
    listed = [{"fileid": "1", "filename": "my", "length": "1"}]
    assert Results({}, listed=listed, ref=NSG).list(tmp_path).notes == ()


def test_many_odd_names_are_counted_and_long_ones_cut(tmp_path: Path) -> None:
    service = Results({f"{'x' * 99}{number}": "" for number in range(100)})
    (odd, _) = service.list(tmp_path).notes
    assert "95 more" in odd
    assert len(odd) < 600


def test_files_of_a_running_job_may_change(tmp_path: Path) -> None:
    (note,) = Results({"stdout": ""}, over=False).list(tmp_path).notes
    assert "still change" in note


def test_results_go_below_the_root_or_where_the_user_says(tmp_path: Path) -> None:
    job = Job.parse({"job_id": "AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA", "title": "../../etc"})
    place = results_place(job, tmp_path)
    assert place.parent == tmp_path / "results"
    assert place.name.endswith("-4CC94AA")
    assert results_place(job, tmp_path, "here") == tmp_path / "here"
    assert results_place(job, tmp_path, "") == place
