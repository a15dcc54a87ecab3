"""NSG's jobs, really run: unpacked, compiled, run, packed."""

from __future__ import annotations

import asyncio
import io
import stat
import sys
import tarfile
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.runner import main_file, unzip
from bspsa_widgets.service.executors.runner.failure import JobFailure
from bspsa_widgets.service.executors.tools import catalogue
from tests.service.conftest import Caller, zipped
from tests.service.running import nsg_task, run_one

_LEAK = """
NEURON { SUFFIX myleak
  NONSPECIFIC_CURRENT i
  RANGE g, e }
PARAMETER { g = 0.001 (S/cm2)
  e = -65 (mV) }
ASSIGNED { v (mV)
  i (mA/cm2) }
UNITS { (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens) }
BREAKPOINT { i = g*(v - e) }
"""

_MODEL = """
from neuron import h
import csv
h.load_file("stdrun.hoc")
cell = h.Section(name="soma")
cell.insert("myleak")
cell.insert("hh")
clamp = h.IClamp(cell(0.5))
clamp.delay, clamp.dur, clamp.amp = 5, 20, 1.0
v = h.Vector().record(cell(0.5)._ref_v)
h.finitialize(-65)
h.continuerun(30)
with open("v.csv", "w", newline="") as file:
    csv.writer(file).writerows([x] for x in v)
print("steps", len(v), "rest", round(v[0]))
"""


_NEURON = catalogue.find_tool("NEURON77_TG")
_KINDS = (_NEURON.main_names, _NEURON.suffixes)


def test_neuron_compiles_its_mechanisms_and_runs_the_model(call: Caller) -> None:
    archive = zipped({"cell/init.py": _MODEL, "cell/myleak.mod": _LEAK})
    over = call.ended(
        job := call.submit("nsg", archive, tool="NEURON77_TG", title="clamp"), seconds=60
    )
    assert over["failed"] is False, call.read(job, "STDERR")
    assert b"steps 1201 rest -65" in call.read(job, "STDOUT")
    with tarfile.open(fileobj=io.BytesIO(call.read(job, "output.tar.gz"))) as packed:
        rows = packed.extractfile("cell/v.csv")
        assert rows is not None
        assert len(rows.read().split()) == 1201
        assert not [name for name in packed.getnames() if "STD" in name or "output" in name]


def _environment_with_neuron(folder: Path) -> Path:
    """An environment of this one's packages, and of NEURON's programs as pip installs them."""
    own = Path(sys.prefix)
    (folder / "bin").mkdir(parents=True)
    (folder / "lib").symlink_to(own / "lib")
    (folder / "pyvenv.cfg").write_text((own / "pyvenv.cfg").read_text())
    python = folder / "bin" / "python"
    python.symlink_to(Path(sys.executable).resolve())
    for name in ("nrniv", "nrnivmodl"):
        lines = (own / "bin" / name).read_text().splitlines(keepends=True)
        program = folder / "bin" / name
        program.write_text("".join([f"#!{python}\n", *lines[1:]]))
        program.chmod(0o755)
    return python


@pytest.mark.parametrize(
    ("main", "model"),
    [
        ("init.py", _MODEL),
        ("init.hoc", 'create soma\naccess soma\ninsert myleak\nprint "rest ", e_myleak\nquit()\n'),
    ],
)
def test_neuron_runs_from_a_folder_with_a_space_and_accents_in_its_path(
    tmp_path: Path, main: str, model: str
) -> None:
    """Its makefile and its shell scripts take a path with a space for two."""
    python = _environment_with_neuron(tmp_path / "Mes études" / "environment")
    archive = zipped({f"cell/{main}": model, "cell/myleak.mod": _LEAK})
    task = nsg_task(tmp_path, "SPACE", archive, "NEURON77_TG")
    end = asyncio.run(run_one(task, seconds=60, pythons={"neuron": str(python)}))
    assert end.phase is Phase.SUCCEEDED, task.folder.stderr.read_text()
    assert "rest -65" in task.folder.stdout.read_text()


def test_a_job_finds_programs_of_such_a_folder_on_its_path(tmp_path: Path) -> None:
    """As a sweep on Piz Daint does, whose command compiles by itself."""
    python = _environment_with_neuron(tmp_path / "Mes études" / "environment")
    compile_first = "import subprocess\nsubprocess.run(['nrnivmodl', 'mod'], check=True)\n"
    archive = zipped({"cell/init.py": compile_first + _MODEL, "cell/mod/myleak.mod": _LEAK})
    task = nsg_task(tmp_path, "PATH", archive, "NEURON77_TG")
    end = asyncio.run(run_one(task, seconds=60, pythons={"neuron": str(python)}))
    assert end.phase is Phase.SUCCEEDED, task.folder.stderr.read_text()
    assert "rest -65" in task.folder.stdout.read_text()


def test_a_mechanism_that_does_not_compile_fails_the_job_with_a_message(call: Caller) -> None:
    archive = zipped({"cell/init.py": "print(1)", "cell/bad.mod": "NEURON { nonsense"})
    over = call.ended(job := call.submit("nsg", archive, tool="NEURON74_TG"), seconds=60)
    assert Job.parse(over).outcome == "failed"
    said = call.read(job, "STDERR").decode()
    assert "[local service] The .mod files could not be compiled (exit code 1). Here " in said
    assert f"NEURON {version('neuron')} compiles them. NEURON 7.4 was asked for." in said
    assert "That needs" not in said


def test_a_hoc_file_runs_in_nrniv(call: Caller) -> None:
    archive = zipped({"cell/mosinit.hoc": 'print "from hoc ", 6*7\nquit()\n'})
    over = call.ended(job := call.submit("nsg", archive, tool="NEURON75_TG"), seconds=60)
    assert over["failed"] is False, call.read(job, "STDERR")
    assert b"from hoc 42" in call.read(job, "STDOUT")


def test_the_program_runs_in_the_top_folder_and_its_results_come_back(call: Caller) -> None:
    script = "import os; print(os.getcwd().rsplit('/', 1)[1]); open('res.txt', 'w').write('7')"
    archive = zipped({"top/sub/go.py": script, "top/a.py": "1/0", "top/data": "x"})
    over = call.ended(job := call.submit("nsg", archive, init_file="sub/go.py"))
    assert (over["stage"], over["failed"]) == ("COMPLETED", False)
    assert call.read(job, "STDOUT") == b"top\n"
    with tarfile.open(fileobj=io.BytesIO(call.read(job, "output.tar.gz"))) as packed:
        assert {"top/res.txt", "top/data"} <= set(packed.getnames())


def test_a_script_that_raises_is_failed_with_its_traceback_and_results(call: Caller) -> None:
    archive = zipped({"m/init.py": "open('partial', 'w'); 1/0"})
    over = call.ended(job := call.submit("nsg", archive))
    assert (over["stage"], over["terminal_stage"], over["failed"]) == ("COMPLETED", True, True)
    assert b"ZeroDivisionError" in call.read(job, "STDERR")
    assert b"partial" not in call.read(job, "STDOUT")
    with tarfile.open(fileobj=io.BytesIO(call.read(job, "output.tar.gz"))) as packed:
        assert "m/partial" in packed.getnames()


def test_a_tool_that_does_not_run_here_says_which_do(call: Caller) -> None:
    over = call.ended(job := call.submit("nsg", zipped({"m/init.py": ""}), tool="EEGLAB_TG"))
    assert Job.parse(over).outcome == "failed"
    words = call.read(job, "STDERR")
    assert b"EEGLAB_TG does not run on this machine" in words
    assert b"runs PY_TG (Python), BRIAN_TG (Brian 2)" in words


@pytest.mark.parametrize(
    ("name", "named", "is_told"),
    [("input.py", "", False), ("init.py", "", True), ("init.py", "init.py", False)],
)
def test_an_unnamed_main_file_that_nsg_may_not_start_is_noted(
    tmp_path: Path, name: str, named: str, is_told: bool
) -> None:
    archive = zipped({f"m/{name}": "print(6 * 7)", "m/own_module.py": ""})
    task = nsg_task(tmp_path, "MAIN", archive, init_file=named)
    assert asyncio.run(run_one(task)).phase is Phase.SUCCEEDED
    assert task.folder.stdout.read_text() == "42\n"
    words = f"No main file was named: {name} is started here."
    assert (words in task.folder.stderr.read_text()) is is_told


def test_an_invalid_zip_fails_the_job_with_a_message(call: Caller) -> None:
    over = call.ended(job := call.submit("nsg", b"this is no zip"))
    assert (over["stage"], over["failed"]) == ("COMPLETED", True)
    assert b"cannot be unpacked" in call.read(job, "STDERR")


@pytest.mark.parametrize(
    ("files", "named", "found"),
    [
        (["m/init.py", "m/x.py"], "", "m/init.py"),
        (["m/init.py", "m/init.hoc", "m/input.py"], "", "m/init.py"),
        (["m/input.py", "m/own_module.py"], "", "m/input.py"),
        (["m/mosinit.hoc", "m/x.py"], "", "m/mosinit.hoc"),
        (["m/only.py", "m/a.mod", "m/sub/x.py"], "", "m/only.py"),
        (["m/only.hoc"], "", "m/only.hoc"),
        (["init.py", "m/init.py"], "", "init.py"),
        (["m/init.py", "__MACOSX/._init.py"], "", "m/init.py"),
        (["m/init.py", "m/sub/x.py"], "sub/x.py", "m/sub/x.py"),
        (["m/init.py", "m/x.py"], "m/x.py", "m/x.py"),
    ],
)
def test_the_main_file_is_found(tmp_path: Path, files: list[str], named: str, found: str) -> None:
    _make(tmp_path, files)
    assert main_file.find_main_file(tmp_path, named, *_KINDS).path == tmp_path / found


@pytest.mark.parametrize(
    ("files", "named", "words"),
    [
        (["m/a.py", "m/b.hoc"], "", "a.py, b.hoc"),
        (["m/a.py"], "c.py", "'c.py'.*a.py"),
        (["m/a.py"], "sub", "'sub'"),
        (["m/data.csv"], "", "no .py or .hoc file in 'm'"),
    ],
)
def test_a_missing_main_file_is_an_error_with_the_candidates(
    tmp_path: Path, files: list[str], named: str, words: str
) -> None:
    _make(tmp_path, files)
    with pytest.raises(JobFailure, match=words):
        main_file.find_main_file(tmp_path, named, *_KINDS)


def _make(root: Path, files: list[str]) -> None:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def _archive(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for info, content in members:
            opened.writestr(info, content)
    return path


def _special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../out",
        "m/../../out",
        "m/./x",
        "m//x",
        "..",
        "m\\..\\..\\x",
        "C:/x",
        "c:x",
        "m/x\0.py",
        "m/" + "x" * 256,
        "//x",
    ],
)
def test_a_name_that_leads_outside_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    _archive(tmp_path / "a.zip", ("m/ok.py", b""), (_forced(name), b"x"))
    _refused(tmp_path, "leads outside")


def _forced(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = name  # as a hostile program writes it, past zipfile's own cleaning
    return info


def _refused(tmp_path: Path, words: str, most_bytes: int | None = None) -> None:
    target = tmp_path / "work"
    target.mkdir()
    with pytest.raises(JobFailure, match=words):
        unzip.unpack(tmp_path, tmp_path / "a.zip", target, lambda: None, most_bytes)
    assert list(target.rglob("*")) == []
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "work"}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_special_files_in_an_archive_are_refused(tmp_path: Path, kind: int) -> None:
    _archive(tmp_path / "a.zip", ("m/a", b""), (_special("m/l", kind | 0o777), b"/etc/passwd"))
    _refused(tmp_path, "link or special file")


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        _archive(tmp_path / "a.zip", ("m/a", b"1"), ("m/a", b"2"))
    _refused(tmp_path, "twice")


def test_a_file_that_is_also_a_folder_is_refused(tmp_path: Path) -> None:
    _archive(tmp_path / "a.zip", ("m/a", b"1"), ("m/a/b", b"2"))
    _refused(tmp_path, "as a file and as a folder")


def test_highly_compressed_data_is_unpacked(tmp_path: Path) -> None:
    _archive(tmp_path / "a.zip", ("m/weights.npy", bytes(80_000_000)))
    assert (tmp_path / "a.zip").stat().st_size < 100_000
    (tmp_path / "work").mkdir()
    unzip.unpack(tmp_path, tmp_path / "a.zip", tmp_path / "work", lambda: None)
    assert (tmp_path / "work/m/weights.npy").stat().st_size == 80_000_000


def test_more_than_the_disk_limit_is_refused_with_both_figures(tmp_path: Path) -> None:
    _archive(tmp_path / "a.zip", ("m/zeros", bytes(3_000_000)))
    words = r"would unpack to 3000000 bytes; at most 2097152 \(2 MiB\) may be"
    _refused(tmp_path, words, most_bytes=2 * 2**20)


@pytest.mark.parametrize(
    ("limit", "value", "words"), [("MAX_FILES", 2, "at most 2"), ("MAX_BYTES", 20, "at most 20")]
)
def test_too_many_files_or_bytes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, words: str
) -> None:
    monkeypatch.setattr(unzip, limit, value)
    _archive(tmp_path / "a.zip", *((f"m/{n}", b"0123456789") for n in range(3)))
    _refused(tmp_path, words)


def test_an_empty_archive_is_refused(tmp_path: Path) -> None:
    _archive(tmp_path / "a.zip")
    _refused(tmp_path, "empty")


def _lie_about_size(raw: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        size = opened.infolist()[0].file_size
    return raw.replace(size.to_bytes(4, "little"), (5).to_bytes(4, "little"))


@pytest.mark.parametrize(
    "harm",
    [
        _lie_about_size,
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw.replace(b"content", b"tnetnoc"),
        lambda raw: b"",
        lambda raw: raw[:-30] + bytes(30),
    ],
)
def test_a_damaged_archive_is_an_error_with_a_message(
    tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    raw = zipped({"m/a": "content" * 11})
    (tmp_path / "a.zip").write_bytes(harm(raw))
    (tmp_path / "work").mkdir()
    with pytest.raises(JobFailure, match="cannot be unpacked"):
        unzip.unpack(tmp_path, tmp_path / "a.zip", tmp_path / "work", lambda: None)


def test_only_exec_bits_are_restored(tmp_path: Path) -> None:
    members: list[tuple[Any, bytes]] = [
        (_special("m/run.sh", stat.S_IFREG | 0o6755), b"#!/bin/sh"),
        (_special("m/data", stat.S_IFREG | 0o600), b""),
        (_special("m/empty/", stat.S_IFDIR | 0o755), b""),
    ]
    _archive(tmp_path / "a.zip", *members)
    (tmp_path / "work").mkdir()
    unzip.unpack(tmp_path, tmp_path / "a.zip", tmp_path / "work", lambda: None)
    mode = (tmp_path / "work/m/run.sh").stat().st_mode
    assert stat.S_IMODE(mode) & 0o7111 == 0o111
    assert not (tmp_path / "work/m/data").stat().st_mode & 0o111
    assert (tmp_path / "work/m/empty").is_dir()


def test_nsg_file_names_are_decoded_once_and_stay_in_the_folder(call: Caller) -> None:
    waiting = "import os, time\nwhile not os.path.exists('go'): time.sleep(.01)"
    job = call.submit("nsg", zipped({"m/init.py": waiting, "m/50%41": "1", "m/d/x": "2"}))
    call.at_stage(job, "SUBMITTED")
    path = f"/files/{call.path(job)}"
    assert call.http.get(f"{path}50%2541/").text == "1"
    for name in ("50%252541", "d%252Fx", "d%2Fx", "..%252F..%252Fcommand.sh"):
        assert call.http.get(f"{path}{name}/").status_code == 404
    call.cancel(job)
