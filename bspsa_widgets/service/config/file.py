"""Settings in `service.toml` in the service's directory; every key is optional.

executor = "slurm"          # or "local", the default
at_once = 2                 # jobs at once on this machine
network = false             # whether jobs that bubblewrap isolates may use the network
keep = "30d"                # how long jobs are kept after their end; default: for ever
environment = ["HTTPS_PROXY", "EBROOT*"]    # further variables for jobs: see `environment`

[limits]                    # of each job on this machine
memory_gb = 8
disk_gb = 10
output_mb = 100
processes = 1000

[slurm]
options = ["--partition=normal", "--account=bsp"]     # for sbatch

[tools]                     # the Python environment of a tool, by the tool's key
brian = "/home/me/envs/brian"
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.config.retention_setting import EXAMPLES, parse_keep
from bspsa_widgets.service.executors.options import SLOTS, RunOptions
from bspsa_widgets.service.executors.runner.limits import GIB, MIB, Limits
from bspsa_widgets.service.executors.tools.catalogue import TOOLS
from bspsa_widgets.service.executors.tools.installation import python_of

FILE: Final = "service.toml"
_UNITS: Final = {"memory_gb": GIB, "disk_gb": GIB, "output_mb": MIB, "processes": 1}

# The descriptions are the allowed values in error messages.
_Program = Annotated[str | None, Field(description="a folder or a Python program")]
_Texts = Annotated[list[str], Field(description="a list of texts")]
_Table = Field(description="a table")


def _number(minimum: int) -> Any:
    description = f"a number of at least {minimum}"
    return Field(ge=minimum, lt=1e15, allow_inf_nan=False, description=description)


class _Strict(BaseModel):
    # Unknown keys are errors: else a misspelt limit would silently not be applied.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Limits(_Strict):
    memory_gb: Annotated[float | None, _number(0)] = None
    disk_gb: Annotated[float | None, _number(0)] = None
    output_mb: Annotated[float | None, _number(0)] = None
    processes: Annotated[float | None, _number(0)] = None


class _Slurm(_Strict):
    options: _Texts = []


_keys: dict[str, Any] = {tool.key: (_Program, None) for tool in TOOLS}
_Tools: Any = create_model("_Tools", __base__=_Strict, **_keys)


class ServiceFile(_Strict):
    """The settings of a service, as in its file.

    Attributes:
        executor: `local` or `slurm`.
        at_once: jobs at once on this machine.
        network: whether isolated jobs may use the network.
        keep: how long jobs are kept after their end; None: for ever.
        environment: names of further variables for jobs.
        limits: limits of each job on this machine.
        slurm: options for sbatch.
        tools: the Python environments of tools.
    """

    executor: Annotated[Literal["local", "slurm"], Field(description="local or slurm")] = "local"
    at_once: Annotated[float, _number(1)] = SLOTS
    network: Annotated[bool, Field(description="true or false")] = False
    keep: Annotated[timedelta | None, BeforeValidator(parse_keep), Field(description=EXAMPLES)] = (
        None
    )
    environment: _Texts = []
    limits: Annotated[_Limits, _Table] = _Limits()
    slurm: Annotated[_Slurm, _Table] = _Slurm()
    tools: Annotated[_Tools, _Table] = _Tools()

    @property
    def run_options(self) -> RunOptions:
        """How jobs are run; settings that are not in the file have their defaults."""
        limits = {
            name.partition("_")[0]: int(amount * _UNITS[name])
            for name, amount in self.limits
            if amount is not None
        }
        return RunOptions(
            executor=self.executor,
            slots=int(self.at_once),
            network=self.network,
            limits=replace(Limits.of_this_machine(), **limits),
            sbatch=tuple(self.slurm.options),
            pythons={key: python_of(value) for key, value in self.tools if value is not None},
            environment=tuple(self.environment),
        )


def read_service_file(directory: Path) -> ServiceFile:
    """Return the settings of the service in `directory`.

    Args:
        directory: directory of the service.

    Returns:
        The settings; the defaults if there is no file.

    Raises:
        LocalServiceError: the file cannot be read, or a setting is wrong; it says which.
    """
    path, found = directory / FILE, {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return ServiceFile.model_validate(found)
    except FileNotFoundError:
        return ServiceFile()
    except ValidationError as error:
        reason = _reason(found, *map(str, error.errors()[0]["loc"]))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        reason = str(error)
    raise LocalServiceError(
        f"{path} cannot be used: {reason}.", advice="Correct it, or move it away."
    )


def _reason(settings: dict[str, Any], name: str, *below: str) -> str:
    """Return which key is wrong, what was given, and what is allowed."""
    model: type[BaseModel] = ServiceFile
    field, value, key = model.model_fields.get(name), settings[name], name
    if field is not None and below and isinstance(value, dict):  # for an item, the list is named
        model, key = type(field.default), f"{name}.{below[0]}"
        field, value = model.model_fields.get(below[0]), value[below[0]]
    if field is None:
        return f"{key} is not known; there are {', '.join(model.model_fields)}"
    return f"{key} must be {field.description}, not {value!r:.100}"
