"""Error messages of NEURON."""

from __future__ import annotations

from bspsa_widgets.domain.cause_rules.rule import Rule

_MECHANISM = (
    "Send the .mod files in the same folder as the main file, and choose a NEURON tool, which "
    "compiles them; on Piz Daint the command has to call nrnivmodl first."
)
# A compiler's own error, and nocmodl's.
_COMPILER = (
    r"^\S+\.(?:mod|c|cc|cpp|h|hpp):\d+(?::\d+)?: (?:fatal )?error: |"
    r"^\s*Error: .* at line \d+ in file \S+\.mod"
)

NEURON: tuple[Rule, ...] = (
    Rule(
        "mechanisms not compiled",
        r"^\[local service\] The \.mod files could not be compiled|"
        r"CalledProcessError: .*nrnivmodl|^(?>.*?nocmodl).*(?i:error|failed)|"
        r"^make(?>.*?\*\*\* ).*(?:mod2c|nocmodl|\.mod\b|\.cpp\b)",
        "The .mod files could not be compiled.",
        "NEURON needs them for the mechanisms of the model.",
        "Mend the file and the line that the compiler names. NEURON 9 compiles mechanisms as C++: "
        "a model that was written for NEURON 7 or 8 may need one of these. The local service takes "
        "one from an environment of its own: see [tools] in service.toml, and install 'neuron<9'.",
        "nrnivmodl, the compiler, the local service",
        told_by=_COMPILER,
    ),
    Rule(
        "no Python library",
        r"unable to locate the Python shared library|Could not determine Python library details",
        "NEURON's program did not find Python's shared library (libpython).",
        "nrniv and what nrnivmodl makes need it; compiling alone only asks for it.",
        "Install it where the job runs: on Debian and Ubuntu, apt-get install python3-dev. A .py "
        "main file that Python starts does without; for nrnivmodl alone it is enough to set "
        "NMODL_PYLIB=none in the command.",
        "NEURON",
        "first",
    ),
    # Before its consequences: hoc continues without the definitions of the missing file.
    Rule(
        "hoc file not found",
        r"(?:NEURON|nrniv): (?:Couldn't find:|(?i:can't open))\s+(?P<what>\S+)",
        "NEURON did not find the file {what}.",
        "It looks for it beside the main file.",
        "See in the Review that the file travels, and that its name is written as in the folder, "
        "capital letters too.",
        "NEURON",
        "first",
    ),
    Rule(
        "mechanism not found",
        r"\b(?P<what>\w+) is not a MECHANISM|argument not a (?P<what2>density mechanism) name|"
        r"mechanisms not found in (?P<what3>\S+)",
        "NEURON does not have a mechanism of the model ({what}).",
        "It is not built in, and was not compiled from a .mod file.",
        _MECHANISM,
        "NEURON",
        told_by=r"\.insert\(\s*['\"](?P<what>\w+)",
        within=2,  # some Python versions mark the position in a line between
    ),
    Rule(
        "not known to NEURON",
        r"'(?:hoc\.HocObject|nrn\.Se\w+)' object has no attribute '(?P<what>\w+)'|"
        r"'(?P<what3>\w+)' is not a defined hoc variable|\b(?P<what2>\w+) is not a template",
        "NEURON does not know {what}.",
        "It may be a mechanism whose .mod file was not compiled, a template whose file was not "
        "loaded, or a slip of the pen.",
        _MECHANISM,
        "NEURON",
    ),
    Rule(
        "hoc error",
        r"(?:NEURON|nrniv): (?P<what>(?:syntax|parse) error|.+)|hoc_execerror: (?P<what2>.+)",
        "NEURON stopped: {what}.",
        "There is a mistake in a hoc file, or in what Python asked of NEURON.",
        "The lines after this one in the output name the file and the line.",
        "NEURON",
    ),
)
