"""A failed job's cause is named where its output tells it, by the line that does."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.domain.causes import MOST_EVIDENCE, RULES, Cause, find_cause
from bspsa_widgets.domain.jobs import Job

FAILED = {"stage": "FAILED", "terminal_stage": True, "failed": True, "runtime": 2.0}


def job(hpc: str = "pizdaint", **changes: Any) -> Job:
    return Job.parse({"job_id": "A", "project_hpc": hpc.upper(), **FAILED, **changes})


def cause(stderr: str, stdout: str = "", hpc: str = "pizdaint") -> Cause | None:
    return find_cause(job(hpc), stderr.split("\n"), stdout.split("\n"))


TRACE = 'Traceback (most recent call last):\n  File "/scratch/x/run.py", line 3, in <module>\n'

# What is printed, the rule, the line it goes by (""; the last one), and what is said of it.
SAMPLES = [
    ("slurmstepd: error: *** JOB 31467862 ON nid00012 CANCELLED AT 2024-05-01T10:00:00 "
     "DUE TO TIME LIMIT ***", "wall time", "", "2 h"),
    ("slurmstepd: error: *** STEP 3146.0 ON nid00012 CANCELLED AT 2024-05-01T10:00:00 DUE TO "
     "TIME LIMIT ***\nsrun: Job step aborted: Waiting up to 32 seconds for job step to finish.",
     "wall time", "slurmstepd", "runtime"),
    ("begun\n\n[local service] The wall time of 0.0001 h (1 s) is over: job ended.", "wall time",
     "", ""),
    ("=>> PBS: job killed: walltime 3633 exceeded limit 3600", "wall time", "", ""),
    ("[local service] The local service was stopped while the job ran.", "local service stopped",
     "", "again"),
    ("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=191.batch cgroup. Some of your "
     "processes may have been killed by the cgroup out-of-memory handler.", "out of memory", "",
     "memory"),
    ("slurmstepd: error: Detected 1 oom_kill event in StepId=440575.0. Some of the step tasks "
     "have been OOM Killed.\nsrun: error: nid001277: tasks 1-3: Out Of Memory", "out of memory",
     "", ""),
    ("[local service] The job used more than 8 GiB of memory: job ended.", "out of memory", "",
     "memory"),
    ("[local service] The job wrote more than 20 GiB of files: job ended.",
     "limit of the local service", "", "20 GiB of files."),
    ("[local service] The job had more than 512 processes at once: job ended.",
     "limit of the local service", "", "512"),
    (f"{TRACE}MemoryError", "out of memory", "", ""),
    (f"{TRACE}numpy.core._exceptions._ArrayMemoryError: Unable to allocate 74.5 GiB for an array "
     "with shape (100000, 100000) and data type float64", "out of memory", "", ""),
    ("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
     "out of memory", "", ""),
    (f"{TRACE}OSError: [Errno 122] Disk quota exceeded: 'out.h5'", "disk quota", "", ""),
    ("cp: error writing 'x': Disk quota exceeded", "disk quota", "", ""),
    (f"{TRACE}OSError: [Errno 28] No space left on device", "disk full", "", ""),
    ("sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit "
     "limit, user's size and/or time limits)", "project's share", "", ""),
    ("/scratch/job/command.sh: line 1: nrnivmodll: command not found", "command not found", "",
     "nrnivmodll"),
    ("sh: 1: foo: not found", "command not found", "", "foo"),
    ("slurmstepd: error: execve(): my_model: No such file or directory\nsrun: error: nid00012: "
     "task 0: Exited with exit code 2", "command not found", "slurmstepd", "my_model"),
    ("/usr/bin/env: ‘python3.9’: No such file or directory", "command not found", "", "python3.9"),
    ("run.sh: line 2: unzip: command not found\nrun.sh: line 2: cd: fit: No such file or directory"
     "\nrun.sh: line 3: ./go: No such file or directory", "folder not found", "run.sh: line 2: cd",
     "{archive}"),
    ("command.sh: line 1: cd: my model: No such file or directory", "folder not found", "",
     "my model"),
    ("/bin/sh: 1: cd: can't cd to model", "folder not found", "", "{folder}"),
    ("unzip:  cannot find or open fit.zip, fit.zip.zip or fit.zip.ZIP.", "archive not found", "",
     "{archive}"),
    (f"{TRACE}FileNotFoundError: [Errno 2] No such file or directory: 'fit.zip'",
     "archive not found", "", "fit.zip"),
    ("python: can't open file '/scratch/x/run.py': [Errno 2] No such file or directory",
     "file not found", "", "/scratch/x/run.py"),
    ("command.sh: line 1: ./run.sh: No such file or directory", "file not found", "", "./run.sh"),
    ("bash: run.sh: No such file or directory", "file not found", "", "run.sh"),
    ("ls: cannot access 'data.csv': No such file or directory", "file not found", "", "data.csv"),
    (f"{TRACE}FileNotFoundError: [Errno 2] No such file or directory: 'data/cell.swc'",
     "file not found", "", "data/cell.swc"),
    ("command.sh: line 1: ./run.sh: Permission denied", "permission denied", "", "chmod"),
    (f"{TRACE}PermissionError: [Errno 13] Permission denied: '/etc/x'", "permission denied", "",
     "/etc/x"),
    ("mkdir: cannot create directory ‘/out’: Permission denied", "permission denied", "", "/out"),
    ("run.sh: line 1: $'\\r': command not found", "Windows line ends", "", "LF"),
    ("bash: ./run.sh: /bin/bash^M: bad interpreter: No such file or directory",
     "Windows line ends", "", ""),
    (f"{TRACE}ModuleNotFoundError: No module named 'bluepyopt'", "module not found", "",
     "bluepyopt"),
    (f"{TRACE}ModuleNotFoundError: No module named 'a.b'\n{TRACE}ModuleNotFoundError: No module "
     "named 'c'", "module not found", "", "module c "),
    ("/usr/bin/python3: No module named nrnutils", "module not found", "", "nrnutils"),
    (f"{TRACE}ImportError: cannot import name 'soft_unicode' from 'markupsafe'", "import failed",
     "", "soft_unicode"),
    (f"{TRACE}ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
     "import failed", "", "libGL"),
    ('  File "/x/run.py", line 3\n    print "a"\n    ^\nSyntaxError: Missing parentheses in call '
     "to 'print'. Did you mean print(...)?", "syntax error", "", "SyntaxError"),
    ('  File "run.py", line 3\n    x\nIndentationError: unexpected indent', "syntax error", "", ""),
    (f"{TRACE}ValueError: argument not a density mechanism name.", "mechanism not found", "",
     ".mod"),
    ("NEURON: kdr7 is not a MECHANISM\n near line 1\n soma insert kdr7\n                ^",
     "mechanism not found", "NEURON: kdr7", "kdr7"),
    ("/opt/bin/nrniv: foo is not a MECHANISM\n in a.hoc near line 2\n soma insert foo\n     ^\n"
     "hoc_run1: caught exception: hoc_execerror: foo is not a MECHANISM", "mechanism not found",
     "hoc_run1", "foo"),
    ("NEURON mechanisms not found in /scratch/model.", "mechanism not found", "", ""),
    (f"{TRACE}AttributeError: 'hoc.HocObject' object has no attribute 'ExpSynSTDP'",
     "not known to NEURON", "", "ExpSynSTDP"),
    ("nrniv: Foo is not a template\n in d.hoc near line 2", "not known to NEURON", "nrniv", "Foo"),
    ("NEURON: Couldn't find: cell.hoc\n near line 0", "hoc file not found", "NEURON", "cell.hoc"),
    ("/opt/bin/nrniv: Can't open  morph.hoc\n in c.hoc near line 1", "hoc file not found",
     "/opt/bin/nrniv", "morph.hoc"),
    ("NEURON: syntax error\n near line 1\n x = = 3\n     ^", "hoc error", "NEURON", "syntax error"),
    ("bad.mod:2: error\nmake: *** [makemod2c_inc:3: bad.cpp] Error 1\n"
     "[local service] The .mod files could not be compiled. That needs a C compiler (gcc, make) "
     "(exit code 1)", "mechanisms not compiled", "[local", "nrnivmodl"),
    ("make: *** [/opt/nrn/bin/nrnmech_makefile:99: mod_func.o] Error 1\nsubprocess."
     "CalledProcessError: Command '['nrnivmodl', 'mod']' returned non-zero exit status 2.",
     "mechanisms not compiled", "subprocess", ""),
    ("[local service] No main file: none is called init.py, init.hoc. Name one of these as the "
     "main file (init_file): a.py.", "no main file", "", "a.py"),
    ("[local service] There is no file 'x.py' in the archive. There is no .py or .hoc file in 'x'.",
     "no main file", "", "x.py"),
    ("[local service] BRIAN_TG needs NEURON, which is not installed. Install it.",
     "words of the local service", "", "not installed"),
    ("command.sh: line 3: 1234 Segmentation fault      (core dumped) ./model",
     "segmentation fault", "", ""),
    ("srun: error: nid00012: task 3: Segmentation fault", "segmentation fault", "", ""),
    ("srun: error: nid00012: task 3: Illegal instruction (core dumped)", "illegal instruction", "",
     ""),
    ("command.sh: line 3:  8156 Killed                  python3 main.py", "killed", "", "may"),
    ("Killed", "killed", "", "may"),
    (f"{TRACE}ValueError: x must be positive", "Python error", "", "x must be positive"),
    (f"0: {TRACE}0: KeyError: 'gbar'", "Python error", "", "gbar"),
    (f"{TRACE}mymodel.core.ModelError: it does not converge", "Python error", "", "converge"),
    ("srun: error: nid00012: task 0: Exited with exit code 3", "exit code", "", "exit code 3"),
]  # fmt: skip

NSG_SAMPLES = [
    ("python: can't open file 'init.py': [Errno 2] No such file or directory", "no main file"),
    ("python3: can't open file '/scratch/x/init.py': [Errno 2] No such file", "no main file"),
    ("0 /opt/nrn/bin/nrniv: can't open init.hoc", "no main file"),
]

NOTHING = [
    "",
    "\n\n",
    "step 1\nstep 2\ndone",
    "Warning: no DISPLAY environment variable.\n--No graphics will be displayed.",
    "NEURON -- VERSION 9.0.2 HEAD (ba57833) 2026-08-10",
    "/x/y.py:3: UserWarning: the time limit of the solver is near\n  warnings.warn(x)",
    "could not import cupy: No module named 'cupy' (optional)",
    "ModuleNotFoundError: No module named 'cupy'",  # no traceback: told, and dealt with
    "exit code 0",
    "exited with status 0",
    "killed 3 processes of the last run",
    "the command is: foo",
    "simulation of memory in CA3, out of 10 memories 3 were recalled",
    "file not found in the cache, computing it anew",
    "permission granted",
    "abcd: x",
    "cd: x",
    "signal 110 arrived",
    "module: loading neuron",
    "ran unzip on fit.zip",
]


@pytest.mark.parametrize(("printed", "rule", "line", "said"), SAMPLES)
def test_the_cause_is_known_by_the_line_that_tells_it(
    printed: str, rule: str, line: str, said: str
) -> None:
    found = cause("\x1b[31mbegun\x1b[0m\n" + printed + "\n\n")
    assert found is not None
    assert found.rule == rule
    last = printed.split("\n")[-1].strip()
    assert found.evidence.startswith((line or last)[:MOST_EVIDENCE])
    assert found.evidence in printed
    assert said in f"{found.headline} {found.detail} {found.advice}"
    assert found.headline
    assert found.advice


@pytest.mark.parametrize(("printed", "rule", "line", "said"), SAMPLES)
def test_it_is_found_in_stdout_as_well(printed: str, rule: str, line: str, said: str) -> None:
    found = cause("", printed)
    assert found is not None
    assert found.rule == rule


@pytest.mark.parametrize(("printed", "rule"), NSG_SAMPLES)
def test_on_nsg_what_the_tool_cannot_open_is_the_main_file(printed: str, rule: str) -> None:
    found = cause(printed, hpc="nsg")
    assert found is not None
    assert found.rule == rule
    elsewhere = cause(printed)
    assert elsewhere is not None
    assert elsewhere.rule != "no main file"


@pytest.mark.parametrize("printed", NOTHING)
def test_what_tells_nothing_is_taken_for_no_cause(printed: str) -> None:
    assert cause(printed) is None
    assert cause("", printed) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal_stage": False},  # Piz Daint says failed of every job that goes on
        {"stage": "SUCCESSFUL", "failed": False},
        {"stage": "CANCELED"},
        {"stage": "RUNNING", "terminal_stage": False},
    ],
)
def test_only_a_job_that_is_known_to_have_failed_has_a_cause(changes: dict[str, Any]) -> None:
    for printed, *_ in SAMPLES:
        assert find_cause(job(**changes), printed.split("\n")) is None


def test_the_system_s_word_counts_more_than_what_came_of_it() -> None:
    limit = "slurmstepd: error: *** JOB 1 ON n CANCELLED AT T DUE TO TIME LIMIT ***"
    found = cause(f"{limit}\n{TRACE}KeyboardInterrupt\nKilled\nexit code 1")
    assert found is not None
    assert (found.rule, found.evidence) == ("wall time", limit)


def test_an_exception_that_was_dealt_with_is_not_what_ended_the_program() -> None:
    found = cause(f"{TRACE}ModuleNotFoundError: No module named 'cupy'\n\n{TRACE}ValueError: bad")
    assert found is not None
    assert found.rule == "Python error"


def test_the_command_of_a_failed_subprocess_is_told_not_the_python_around_it() -> None:
    called = "subprocess.CalledProcessError: Command 'foo' returned non-zero exit status 127."
    found = cause(f"sh: 1: foo: not found\n{TRACE}{called}")
    assert found is not None
    assert found.rule == "command not found"


def test_an_unknown_runtime_is_not_made_up() -> None:
    found = find_cause(job(runtime=None), ["DUE TO TIME LIMIT"])
    assert found is not None
    assert "unknown" in found.detail


def test_words_of_a_log_stay_words() -> None:
    """It is text of a job's: bounded, cleaned, and never a template."""
    name = "{asked}\x1b[2J\u202e{what}{}%s" + "x" * 1000
    found = cause(f"{TRACE}ModuleNotFoundError: No module named '{name}'")
    assert found is not None
    told = " ".join(found)
    assert "{asked}\ufffd{what}{}%s" in told
    assert told.isprintable()
    assert len(found.evidence) <= MOST_EVIDENCE + 2
    assert len(found.headline) < 300


def test_only_the_end_is_looked_at() -> None:
    assert cause("MemoryError\nout of memory\n" + "x\n" * 2000) is None


def test_every_rule_is_shown_by_a_sample() -> None:
    shown = {rule for _, rule, *_ in SAMPLES}
    assert {rule.name for rule in RULES} == shown
    for rule in RULES:
        assert rule.headline
        assert rule.advice
        assert rule.source


@given(st.lists(st.text(max_size=60), max_size=20), st.lists(st.text(max_size=60), max_size=20))
def test_whatever_is_printed_the_answer_is_safe_text(one: list[str], other: list[str]) -> None:
    found = find_cause(job(), one, other)
    assert found is None or " ".join(found).isprintable()


@pytest.mark.parametrize(
    "piece",
    ["x" * 5000, "a: ", "cd: ", "execve(): ", "ImportError: ", "'", "1", "make *** ", "sh: "],
)
def test_hostile_lines_take_no_time(piece: str) -> None:
    line = (piece * 5000)[:5000]
    began = time.process_time()
    find_cause(job(), [TRACE, *[line] * 1000], [line] * 1000)
    assert time.process_time() - began < 4
