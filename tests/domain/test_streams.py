"""The file of a stream is known by its name, on each system."""

from __future__ import annotations

import pytest

from bspsa_widgets.domain.jobs import JobFile
from bspsa_widgets.domain.streams import Stream, listed_file, stream_names, unlisted_file


def files(*names: str) -> list[JobFile]:
    return [JobFile(name=name, key=str(number)) for number, name in enumerate(names)]


@pytest.mark.parametrize(
    ("hpc", "stream", "names", "found"),
    [
        ("pizdaint", "stderr", ["stdout", "stderr"], "stderr"),
        ("nsg", "stderr", ["STDOUT", "STDERR", "output.tar.gz"], "STDERR"),
        ("nsg", "stdout", ["stdout.txt", "stderr.txt"], "stdout.txt"),
        ("nsg", "stdout", ["stdout", "STDOUT"], "STDOUT"),
        ("nsg", "stdout", ["STDOUT.TXT", "stdout"], "stdout"),
        ("pizdaint", "stderr", ["StdErr.txt"], "StdErr.txt"),
        ("another", "stderr", ["stderr"], "stderr"),
        ("nsg", "stderr", ["scheduler_stderr.txt", "my-stderr", "STDOUT"], None),
        ("nsg", "stderr", [], None),
    ],
)
def test_the_file_is_found_among_others(
    hpc: str, stream: Stream, names: list[str], found: str | None
) -> None:
    file = listed_file(files(*names), hpc, stream)
    assert (file.name if file else None) == found


def test_only_piz_daint_s_can_be_asked_for_without_a_list() -> None:
    file = unlisted_file("pizdaint", "stderr")
    assert file is not None
    assert (file.name, file.key) == ("stderr", "stderr")
    assert unlisted_file("nsg", "stderr") is None
    assert unlisted_file("another", "stderr") is None


def test_the_usual_name_comes_first() -> None:
    assert stream_names("nsg", "stdout")[0] == "STDOUT"
    assert stream_names("pizdaint", "stdout")[0] == "stdout"
