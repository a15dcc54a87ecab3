"""Piz Daint's jobs, really run: the archive, the shell, the files."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.service.embedded import LocalService
from tests.service.conftest import Caller, until, zipped


def test_the_archive_lies_in_the_jobs_folder_and_python_runs_the_user_s_script(
    call: Caller,
) -> None:
    archive = zipped({"fit/run.py": "import sys; open('out.csv', 'w').write('1'); print(sys.path)"})
    command = "unzip -q fit.zip && cd fit && python run.py && cp out.csv .."
    if not Path("/usr/bin/unzip").exists():
        command = "python -m zipfile -e fit.zip . && cd fit && python run.py && cp out.csv .."
    job = call.submit("pizdaint", archive, name="fit.zip", command=command)
    assert call.ended(job)["stage"] == "SUCCESSFUL", call.read(job, "stderr")
    assert call.files(job) == ["/fit", "/fit.zip", "/out.csv", "/stderr", "/stdout"]
    assert call.read(job, "out.csv") == b"1"
    assert call.read(job, "fit.zip") == archive


def test_a_command_of_several_lines_with_any_characters_runs_as_written(call: Caller) -> None:
    command = 'x=\'ö "q" 😀\'\r\nfor i in 1 2; do\n  echo "$i $x"\ndone >&2\n'
    job = call.submit("pizdaint", command=command)
    assert call.ended(job)["failed"] is False
    assert call.read(job, "stderr").decode() == '1 ö "q" 😀\n2 ö "q" 😀\n'


@pytest.mark.parametrize("command", ["exit 3", "kill -9 $$", "no-such-program"])
def test_a_command_that_fails_is_a_failed_job(call: Caller, command: str) -> None:
    over = call.ended(call.submit("pizdaint", command=command))
    assert (over["stage"], over["failed"]) == ("FAILED", True)
    assert Job.parse(over).outcome == "failed"


def test_a_job_that_takes_longer_than_its_wall_time_fails_and_says_so(call: Caller) -> None:
    job = call.submit("pizdaint", command="echo begun; sleep 600", runtime="0.0001")
    assert call.ended(job)["stage"] == "FAILED"
    assert call.read(job, "stdout") == b"begun\n"
    assert b"wall time of 0.0001 h" in call.read(job, "stderr")


def test_a_running_jobs_files_can_be_read_and_a_cancel_ends_it(call: Caller) -> None:
    job = call.submit("pizdaint", command="echo begun; sleep 600")
    until(lambda: call.read(job, "stdout") == b"begun\n" if _runs(call, job) else None)
    over = call.cancel(job)
    assert (over["stage"], over["terminal_stage"]) == ("CANCELED", True)
    assert Job.parse(over).outcome == "cancelled"
    assert b"cancelled" in call.read(job, "stderr")
    assert call.cancel(job) == over


def _runs(call: Caller, job: dict[str, object]) -> bool:
    return call.job(job)["stage"] == "RUNNING" and "/stdout" in call.files(job)


def test_a_cancel_of_a_finished_job_changes_nothing(call: Caller) -> None:
    job = call.submit("pizdaint", command="echo kept")
    over = call.ended(job)
    assert call.cancel(job) == over
    assert call.read(job, "stdout") == b"kept\n"


def test_links_pipes_and_folders_in_a_jobs_folder_are_not_followed(
    call: Caller, shared: LocalService
) -> None:
    token = shared.directory / "token"
    command = (
        f"ln -s {token} a; ln -s / b; mkfifo c; mkdir d d/f; echo x > d/e; ln -s loop loop; "
        f"ln -s {token} d/a; ln -s / d/b; mkfifo d/c; ln -s d link; ln -s ../.. d/up"
    )
    job = call.submit("pizdaint", command=command)
    call.ended(job)
    assert call.files(job) == ["/d", "/job.zip", "/stderr", "/stdout"]
    path = f"{call.http.base_url}/files/{call.path(job)}"
    names = ["a", "b", "c", "loop", "..%252ftoken", "..%2fcommand.sh", "d%2fe", "%00"]
    names += ["..%2f..%2f..%2ftoken", "%252e%252e", "%ff", "x" * 300, "b%2fetc%2fpasswd"]
    names += [f"d%252f{name}" for name in ("a", "c", "..", ".", "", "nothing", "e%252fx", "%2500")]
    names += ["b%252fetc%252fpasswd", "d%252fb%252fetc%252fpasswd", "link%252fe", "d%252f%252fe"]
    names += ["%252fetc%252fpasswd", "d%252fup%252ftoken", "d%252f..%252fstdout", "stdout%252f"]
    names += ["d%252f..%252f..%252fcommand.sh", "%252e%252e%252fcommand.sh", "d%252fe%00"]
    for name in names:
        answer = call.http.get(f"{path}{name}/")
        assert answer.status_code == 404, name
        assert token.read_text().strip() not in answer.text
    for name in ("d", "d%252ff"):
        answer = call.http.get(f"{path}{name}/")
        assert (answer.status_code, answer.json()) == (406, "")
    assert call.http.get(f"{path}d%252fe/").text == "x\n"


def test_a_job_that_swaps_its_folder_for_a_link_shows_nothing_else(
    call: Caller, shared: LocalService
) -> None:
    job = call.submit("pizdaint", command="cd .. && mv work gone && ln -s ../.. work; exit 0")
    call.ended(job)
    for name in ("token", "service.json"):
        assert call.http.get(f"/files/{call.path(job)}{name}/").status_code == 404


def test_names_are_decoded_twice_as_by_the_real_service(call: Caller) -> None:
    job = call.submit("pizdaint", command="echo 1 > 'a%41'; echo 2 > 'b c'; echo 3 > aA")
    call.ended(job)
    path = f"{call.http.base_url}/files/{call.path(job)}"
    for segment, text in {"a%2541": "3\n", "a%252541": "1\n", "b%20c": "2\n"}.items():
        assert call.http.get(f"{path}{segment}/").text == text


def test_a_growing_file_is_sent_as_it_is_at_that_moment(call: Caller) -> None:
    command = "while sleep 0.01; do echo 0123456789; done > log"
    job = call.submit("pizdaint", command=command)
    path = f"/files/{call.path(job)}log/"
    until(lambda: (found := call.http.get(path)).is_success and found.content)
    seen = 0
    for _ in range(20):
        answer = call.http.get(path, headers={"Range": "bytes=-11"})
        first, last, total = map(int, re.findall(r"\d+", answer.headers["content-range"]))
        assert (last + 1, first, len(answer.content)) == (total, total - 11, 11)
        assert total >= seen
        seen = total
    assert call.http.get(path, headers={"Range": f"bytes={10**9}-"}).status_code == 416
    call.cancel(job)


def test_a_file_with_a_name_that_is_no_text_does_not_break_the_list(call: Caller) -> None:
    job = call.submit("pizdaint", command=r"touch $'bad\xff' good")
    call.ended(job)
    assert "/good" in call.files(job)


def test_a_download_is_exact_and_head_has_its_length(call: Caller) -> None:
    job = call.submit("pizdaint", command="head -c 1000003 /dev/urandom > big; : > empty")
    call.ended(job)
    content = call.read(job, "big")
    head = call.http.head(f"/files/{call.path(job)}big/")
    assert len(content) == int(head.headers["content-length"]) == 1000003
    assert head.content == b""
    assert call.read(job, "empty") == b""


def test_a_jobs_environment_has_no_secrets_and_finds_this_python(call: Caller) -> None:
    job = call.submit("pizdaint", command="env; command -v python")
    call.ended(job)
    text = call.read(job, "stdout").decode()
    assert "sentinel-7f3a" not in text
    assert "MPLBACKEND=Agg" in text
    assert text.splitlines()[-1].startswith(str(Path(sys.executable).parent))
