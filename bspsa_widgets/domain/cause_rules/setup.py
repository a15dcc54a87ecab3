"""Errors before a job's program starts, and messages of a shell."""

from __future__ import annotations

from bspsa_widgets.domain.cause_rules.rule import UNPACK, Rule

_MAIN_FILE = (
    "Name the file that the tool is to start in Main file, as it is called in your folder, and "
    "see in the Review that it travels."
)

_LINE_ENDS = (
    "Save it with Linux line ends (LF) in your editor, or run dos2unix on it in the command."
)
_NO_NETWORK = (
    r"Name or service not known|[Tt]emporary failure in name resolution|Failed to resolve|"
    r"[Cc]ould not resolve host|unable to resolve host|getaddrinfo failed|"
    r"nodename nor servname|Network is unreachable|No route to host|Failed to connect to"
)
_FETCH = (
    "Put what it fetches into the folder that you send, and install packages before the job, "
    "or choose a tool that has them."
)

# The job's program could not start.
SETUP: tuple[Rule, ...] = (
    Rule(
        "no main file",
        r"^\[local service\] (?P<what>(?:No main file(?! was named)|"
        r"There is no file .* in the archive).*)",
        "There is no main file to start.",
        "{what}",
        _MAIN_FILE,
        "the local service",
    ),
    Rule(
        "no main file",
        r"can't open file '?(?P<what>[^':]+)'?: \[Errno 2\]|nrniv: can't open (?P<what2>\S+)",
        "There is no main file to start.",
        "The tool looked for {what} and did not find it.",
        _MAIN_FILE,
        "Python, NEURON",
        hpc="nsg",
    ),
    Rule(
        "archive not found",
        r"unzip:\s+cannot find (?:or open )?(?P<what>[^\s,]+)|"
        r"FileNotFoundError: .*'(?P<what2>[^']+\.zip)'",
        "The command looked for {what}, and the archive is not called so.",
        "The zip has another name each time it is sent.",
        "Write {archive} in the command where its name belongs.",
        "unzip, Python",
        "first",
    ),
    Rule(
        "Windows line ends",
        # A terminal's view of a name that ends in \r: the text after it comes first.
        r"\$'[^']*\\r'|\^M: |␍|^env: .*\\r['’]|/env: .*\\r['’]|can't open file '.*\\r'|"
        r"^: (?:No such file or directory|(?:command )?not found|invalid option|Permission denied)",
        "A script was written on Windows, with line ends that Linux does not take.",
        "Each of its lines ends with a sign that is read as part of the command.",
        _LINE_ENDS,
        "the shell, env, Python",
        "first",
    ),
    Rule(
        "Windows line ends",
        r"(?<![^\s:])(?P<what>[^\s:]+): cannot execute: required file not found$",
        "{what} could not be started: it was most likely written on Windows.",
        "Its first line names a program that is not there: with Windows line ends, a name that "
        "ends in a sign too many.",
        f"{_LINE_ENDS} Else see that the program in its first line is there.",
        "bash",
        "first",
    ),
    Rule(
        "no network",
        rf"{_NO_NETWORK}|Max retries exceeded with url",
        "The job wanted to fetch something, and had no network where it ran.",
        "Nodes that run jobs often have none, or cannot reach the internet.",
        _FETCH,
        "Python",
        "exception",
    ),
    Rule(
        "no network",
        rf"^(?:WARNING: Retrying \(Retry\(total=0,|fatal: |curl: |wget: |ssh: ).*(?:{_NO_NETWORK})",
        "The job wanted to fetch something, and had no network where it ran.",
        "Nodes that run jobs often have none, or cannot reach the internet.",
        _FETCH,
        "pip, git, curl, wget, ssh",
        "first",
    ),
    Rule(
        "MPI not found",
        r"(?P<what>lib(?:mpi|mpich|open-rte)\w*\.so\S*): cannot open shared object file|"
        r"could not dynamically load (?P<what2>libmpi\S*)",
        "MPI's library {what} was not found where the job ran.",
        "MPI runs a job in several processes; it is missing there, or lies in another place.",
        "Ask for 1 node and 1 core, or have MPI installed. NEURON finds a library in another "
        "place by the variable MPI_LIB_NRN_PATH.",
        "the system, NEURON",
        "first",
    ),
    Rule(
        "MPI refused",
        r"has detected an attempt to run as root|There are not enough slots available|"
        r"MPI_I[Nn][Ii][Tt]\S* (?:has )?failed|[Ff]atal error in P?MPI_Init",
        "MPI refused to start the job's processes.",
        "The line below says why, in MPI's own words.",
        "Ask for 1 node and 1 core; or mend what it names: Open MPI does not run as root, and "
        "wants a core for each process.",
        "MPI",
        "first",
    ),
)

# A shell continues after most of these errors; later errors are consequences.
SHELL: tuple[Rule, ...] = (
    Rule(
        "folder not found",
        r"\bcd: (?P<what>[^:]+): No such file or directory$|\bcd: can't cd to (?P<what2>.+)",
        "There is no folder {what} where the command looked for it.",
        "The zip was not unpacked there, or its folder has another name.",
        UNPACK,
        "the shell",
        "first",
    ),
    Rule(
        "command not found",
        r"(?<![^\s:])(?P<what>[^\s:]+): command not found$|"
        r"sh: (?:line )?\d+: (?P<what2>\S+): not found$|"
        r"execve\(\): (?P<what3>[^\s:]+): No such file|"
        r"env: ['‘]?(?P<what4>[^'’:\s]+)['’]?: No such file",
        "The command {what} does not exist where the job ran.",
        "It is not installed there, not loaded, or written in another way.",
        "On Piz Daint programs are loaded by: module load NAME. A script of your own is started "
        "by ./NAME or bash NAME, in its folder.",
        "the shell, Slurm",
        "first",
    ),
    Rule(
        "permission denied",
        r"(?:line \d+|sh|\b\d+): (?P<what>\S+): Permission denied$|"
        r"execve\(\): (?P<what2>[^\s:]+): Permission denied",
        "{what} may not be run.",
        "The file is not marked as a program.",
        "Start it by bash {what}, or mark it by chmod +x before you send the folder.",
        "the shell, Slurm",
        "first",
    ),
    Rule(
        "permission denied",
        r"(?<![^\s:'‘])(?P<what>[^\s:'‘’]+)['’]?: Permission denied",
        "The job may not use {what}.",
        "The system did not allow it.",
        "Let the job read and write in its own folder, by paths relative to it.",
        "the shell",
        "first",
    ),
    Rule(
        "file not found",
        r"can't open file '?(?P<what>[^':]+)'?: \[Errno 2\]|"
        r"(?:line \d+|\b\d+|\b\w*sh|\bcat|\bls|\bcp|\bmv|\btar): (?:cannot \w+ ['‘]?)?"
        r"(?P<what2>[^\s:'‘’]+)['’]?: No such file or directory$",
        "There is no file {what} where the command looked for it.",
        "The zip was not unpacked, the command is in another folder, or the file did not travel.",
        UNPACK,
        "the shell, Python",
        "first",
    ),
)
