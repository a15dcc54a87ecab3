"""A failed job's cause is named where its output tells it, by the line that does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
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
    ("two.sh: line 1: cd: $'sub\\r': No such file or directory", "Windows line ends", "", "LF"),
    ("four.sh: line 1: syntax error near unexpected token `$'do\\r''", "Windows line ends", "", ""),
    ("six.sh: line 2: ./go\r: No such file or directory", "Windows line ends",
     ": No such file or directory", ""),
    ("five.sh: 1: \r: not found", "Windows line ends", ": not found", ""),
    ("/usr/bin/env: ‘python3\\r’: No such file or directory\n/usr/bin/env: use -[v]S to pass "
     "options in shebang lines", "Windows line ends", "/usr/bin/env: ‘python3", "LF"),
    ("python: can't open file '/scratch/job/x.py\\r': [Errno 2] No such file or directory",
     "Windows line ends", "", ""),
    ("command.sh: line 1: ./run.sh: cannot execute: required file not found", "Windows line ends",
     "", "./run.sh could not be started"),
    (f"{TRACE}urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name "
     "resolution>", "no network", "", "network"),
    (f"{TRACE}httpx.ConnectError: [Errno -2] Name or service not known", "no network", "", ""),
    (f"{TRACE}socket.gaierror: [Errno -2] Name or service not known", "no network", "", ""),
    (f"{TRACE}OSError: [Errno 101] Network is unreachable", "no network", "", ""),
    (f"{TRACE}requests.exceptions.ConnectionError: HTTPSConnectionPool(host='data.example.org', "
     "port=443): Max retries exceeded with url: /cells/v1.h5 (Caused by NameResolutionError(\""
     "HTTPSConnection(host='data.example.org', port=443): Failed to resolve 'data.example.org' "
     "([Errno -2] Name or service not known)\"))", "no network", "requests.exceptions", ""),
    ("WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) "
     "after connection broken by 'NewConnectionError('<HTTPSConnection object at 0x7f576315a6d0>: "
     "Failed to establish a new connection: [Errno -3] Temporary failure in name "
     "resolution')': /simple/efel/\nERROR: Could not find a version that "
     "satisfies the requirement efel (from versions: none)\nERROR: No matching distribution found "
     f"for efel\n{TRACE}ModuleNotFoundError: No module named 'efel'", "no network", "WARNING: Retr",
     "tool that has them"),
    ("fatal: unable to access 'https://example.org/x.git/': Could not resolve host: example.org\n"
     "cd: x: No such file or directory", "no network", "fatal", ""),
    ("curl: (6) Could not resolve host: example.org", "no network", "", ""),
    ("wget: unable to resolve host address ‘example.org’", "no network", "", ""),
    ("ssh: Could not resolve hostname example.org: Name or service not known", "no network", "",
     ""),
    ("/usr/lib/libnrnmpi.so: libmpich.so.12: cannot open shared object file: No such file or "
     "directory", "MPI not found", "", "MPI_LIB_NRN_PATH"),
    ("could not dynamically load libmpi.so or libmpich.so", "MPI not found", "", "libmpi.so"),
    ("mpiexec has detected an attempt to run as root.\n\nRunning as root is *strongly* "
     "discouraged as any mistake (e.g., in defining TMPDIR)", "MPI refused", "mpiexec", "root"),
    ("There are not enough slots available in the system to satisfy the 4\nslots that were "
     "requested by the application:", "MPI refused", "There are not", "1 core"),
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
    ('Traceback (most recent call last):\n  File "/x/init.py", line 3, in <module>\n'
     '    s.insert("leaky")\nValueError: argument not a density mechanism name.',
     "mechanism not found", 's.insert("leaky")', "of the model (leaky)"),
    ('Traceback (most recent call last):\n  File "/x/init.py", line 3, in <module>\n'
     "    axon.insert( 'na3')\n    ^^^^^^^^^^^^^^^\nValueError: argument not a density mechanism "
     "name.", "mechanism not found", "axon.insert( 'na3')", "of the model (na3)"),
    ("nrniv: Couldn't find: cells.hoc\n in a.hoc near line 1\n load_file(\"cells.hoc\")\n      ^\n"
     "\t0 \nnrniv: Cell is not a template\n in a.hoc near line 3\n c = new Cell()\n     ^\n"
     "hoc_run1: caught exception: hoc_execerror: Cell is not a template", "hoc file not found",
     "nrniv: Couldn't find", "cells.hoc"),
    ("nrniv: Couldn't find: gone.hoc\n in c.hoc near line 1\n load_file(\"gone.hoc\")\n     ^\n"
     "\t0 \nnrniv: foo is not a MECHANISM\n in c.hoc near line 3", "hoc file not found",
     "nrniv: Couldn't find", "gone.hoc"),
    (f"{TRACE}AttributeError: 'nrn.Segment' object has no attribute 'leaky'",
     "not known to NEURON", "", "leaky"),
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
    ("    raise ValueError(\nValueError: unable to locate the Python shared library; please make "
     "sure it is installed, or set the environmental variable `NMODL_PYLIB`",
     "no Python library", "ValueError: unable", "python3-dev"),
    ("Could not determine Python library details: After running nrnpyenv.sh (bash x) with output:",
     "no Python library", "Could not", "python3-dev"),
    ("NEURON: syntax error\n near line 1\n x = = 3\n     ^", "hoc error", "NEURON", "syntax error"),
    ("bad.mod:2: error\nmake: *** [makemod2c_inc:3: bad.cpp] Error 1\n"
     "[local service] The .mod files could not be compiled. That needs a C compiler (gcc, make) "
     "(exit code 1)", "mechanisms not compiled", "[local", "NEURON 9"),
    ("Translating vbuf.mod into /x/x86_64/vbuf.cpp\nNotice: VERBATIM blocks are not thread safe\n"
     "/x/x86_64/vbuf.cpp: In function ‘int alloc__vbuf()’:\n/x/x86_64/vbuf.cpp:217:21: error: "
     "invalid conversion from ‘void*’ to ‘double*’ [-fpermissive]\n  217 |   double *p = malloc(8);"
     "\n/x/x86_64/vbuf.cpp:220:3: error: too\nmake: *** [makemod2c_inc:7: vbuf.o] Error 1\n"
     "[local service] The .mod files could not be compiled. That needs a C compiler (gcc, make) "
     "(exit code 1)", "mechanisms not compiled", "/x/x86_64/vbuf.cpp:217:21: error: invalid",
     "neuron<9"),
    ("syntax error:\n Error: name = number at line 2 in file bad.mod\nPARAMETER { g = }\n     ^\n"
     "make: *** [makemod2c_inc:3: bad.cpp] Error 1", "mechanisms not compiled",
     "Error: name = number at line 2 in file bad.mod", ""),
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
    ("[local service] The program ended with exit code 139, as after signal 11 (SIGSEGV).",
     "segmentation fault", "", ""),
    ("[local service] The command ended with exit code 137, as after signal 9 (SIGKILL).",
     "killed", "", "memory"),
    ("[local service] The command ended with exit code 3.", "words of the local service", "", ""),
    ("[local service] The program was killed by signal 11 (SIGSEGV).", "segmentation fault", "",
     ""),
    ("srun: error: nid00012: task 0: Exited with exit code 139", "segmentation fault", "", ""),
    ("=   EXIT CODE: 139\n=   CLEANING UP REMAINING PROCESSES", "segmentation fault", "=   EXIT",
     ""),
    ("mpirun noticed that process rank 0 with PID 0 on node n1 exited on signal 11 "
     "(Segmentation fault).", "segmentation fault", "", ""),
    ("Fatal Python error: Segmentation fault\n\nCurrent thread 0x0 (most recent call first):\n"
     '  File "run.py", line 1 in <module>', "segmentation fault", "Fatal Python", ""),
    ("bash:  1040 Bus error               ./model", "bus error", "", ""),
    ("[local service] The program was killed by signal 7 (SIGBUS).", "bus error", "", ""),
    ("srun: error: nid00012: task 0: Floating point exception (core dumped)",
     "floating point exception", "", "zero"),
    ("bash: line 1:  1053 Aborted                 (core dumped) ./model", "abort", "", "above"),
    ("terminate called after throwing an instance of 'std::runtime_error'\n  what():  no such cell"
     "\nbash:  1021 Aborted                 ./thr", "abort", "what():  no such cell", ""),
    ("as: as.c:2: main: Assertion `x==1' failed.\nsrun: error: nid00012: task 0: Aborted", "abort",
     "as: as.c:2: main: Assertion", ""),
    ("double free or corruption (out)\n[local service] The program was killed by signal 6 "
     "(SIGABRT).", "abort", "double free", ""),
    ("slurmstepd: error: *** JOB 31 ON nid00012 CANCELLED AT 2024-05-01T10:00:00 DUE TO NODE "
     "FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***", "node failure", "", "again"),
    ("srun: error: nid00012: tasks 1-3: Killed", "killed", "", "memory"),
    ("[local service] The program was killed by signal 9 (SIGKILL).", "killed", "", "memory"),
    ("[local service] The command ended with exit code 137, as after signal 9 (SIGKILL).",
     "killed", "", "memory"),
    ("[local service] No main file was named: main.py was started here. NSG may start another "
     "one, or none: name it.\n[local service] The program ended with exit code 3.",
     "words of the local service", "[local service] The program", "exit code 3"),
    ("/x/vbuf.cpp:217:21: error: invalid conversion\n[local service] The .mod files could not be "
     "compiled (exit code 1). Here NEURON 9.0.2 compiles them. NEURON 7.7 was asked for.",
     "mechanisms not compiled", "/x/vbuf.cpp:217:21: error", "NEURON 9"),
    ("Terminated", "ended from outside", "", ""),
    ("slurmstepd: error: *** STEP 31.0 ON nid00012 CANCELLED AT 2024-05-01T10:00:00 ***",
     "ended from outside", "", "cancelled"),
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
    "exit code 0 of 139 cells",
    "Aborted no run, Killed no cell",
    "a SIGNAL: 11 spikes",
    "[local service] No main file was named: main.py was started here. NSG may start another "
    "one, or none: name it.",
    "[local service] NEURON runs in 1 process, not in 2: mpiexec refuses to run for root.",
    "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by "
    "'NewConnectionError(': Temporary failure in name resolution')': /simple/efel/",
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


def test_an_error_of_python_counts_more_than_the_abort_that_follows() -> None:
    found = cause(f"{TRACE}ValueError: no cell\nterminate called\nbash:  1021 Aborted   ./thr")
    assert found is not None
    assert found.rule == "Python error"


def test_a_mechanism_is_not_named_by_an_insert_that_was_dealt_with() -> None:
    first = TRACE + '    s.insert("optional")\nValueError: argument not a density mechanism name.\n'
    found = cause(
        f"{first}{TRACE}    s.insert(n)\nValueError: argument not a density mechanism name."
    )
    assert found is not None
    assert "optional" not in " ".join(found)


@pytest.mark.parametrize("length", [100, 250, 380, 1500])
def test_of_a_long_path_the_name_of_the_file_is_told(length: int) -> None:
    path = ("/scratch/" + "deep/" * length)[:length] + "/simulation.py"
    for printed in (
        f"python: can't open file '{path}': [Errno 2] No such file or directory",
        f"bash: {path}: No such file or directory",
        f"{TRACE}FileNotFoundError: [Errno 2] No such file or directory: '{path}'",
    ):
        found = cause(printed)
        assert found is not None
        assert found.rule == "file not found"
        assert "/simulation.py" in found.headline
        assert "simulation.py" in found.evidence
        assert len(found.headline) < 220


@pytest.mark.skipif(os.name != "posix", reason="bash is a Unix matter")
@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("#!/bin/bash\necho hi\n", "./run.sh"),
        ("#!/usr/bin/env bash\necho hi\n", "./run.sh"),
        ("#!/usr/bin/env python3\nprint(1)\n", "./run.sh"),
        ("\necho hi\n", "bash run.sh"),
        ("cd sub\n./go\n", "bash run.sh"),
        ("for i in 1 2; do\necho $i\ndone\n", "bash run.sh"),
        ("set -euo pipefail\necho hi\n", ". ./run.sh"),
    ],
)
def test_windows_line_ends_are_told_however_a_script_is_started(
    script: str, command: str, tmp_path: Path
) -> None:
    (tmp_path / "run.sh").write_bytes(script.replace("\n", "\r\n").encode())
    (tmp_path / "run.sh").chmod(0o755)
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False)
    found = cause(ran.stderr.decode())
    assert found is not None
    assert found.rule == "Windows line ends"
    assert "LF" in found.advice


@pytest.mark.parametrize(
    "printed",
    [
        "three.sh: line 1: set: pipefail\r: invalid option name",
        "six.sh: line 2: ./go\r: Permission denied",
    ],
)
def test_a_name_that_ends_in_a_carriage_return_is_known_by_what_a_terminal_shows(
    printed: str,
) -> None:
    found = cause(printed)
    assert found is not None
    assert found.rule == "Windows line ends"


def test_of_long_words_the_beginning_is_told() -> None:
    found = cause(f"{TRACE}ValueError: the sum / the mean " + "of it " * 100)
    assert found is not None
    assert "ValueError: the sum / the mean of it" in found.headline


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
