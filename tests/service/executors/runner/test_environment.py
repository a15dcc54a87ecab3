"""What a job sees of the environment: what it needs, never a secret."""

from __future__ import annotations

import asyncio
import os
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.runner.environment import (
    MARKER,
    PASSES,
    STAND_INS,
    job_environment,
)
from tests.service.running import new_task, run_one

SECRETS = (
    "BSPSA_TOKEN", "CLB_AUTH", "JPY_API_TOKEN", "JUPYTERHUB_API_TOKEN", "GITHUB_PAT",
    "GITHUB_TOKEN", "GITLAB_PRIVATE_TOKEN", "CI_JOB_JWT", "HF_TOKEN", "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY", "WANDB_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AZURE_STORAGE_CONNECTION_STRING", "GOOGLE_APPLICATION_CREDENTIALS",
    "DATABASE_URL", "MONGODB_URI", "REDIS_URL", "SQLALCHEMY_DATABASE_URI", "PGPASSWORD",
    "PGPASSFILE", "MYSQL_PWD",
    "SSH_AUTH_SOCK", "SSH_PASSPHRASE", "GPG_PASSPHRASE", "GNUPGHOME", "KUBECONFIG", "KRB5CCNAME",
    "DOCKER_AUTH_CONFIG", "NPM_CONFIG__AUTH", "PIP_INDEX_URL", "HTTPS_PROXY", "SENTRY_DSN",
    "SLACK_WEBHOOK_URL", "VAULT_ADDR", "ANSIBLE_VAULT_PASSWORD_FILE", "SLURM_JWT", "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS", "NETRC", "my_password", "X" * 40,
)  # fmt: skip
NEEDED = (
    "HOME", "USER", "LANG", "LC_ALL", "LC_NUMERIC", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH",
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "MODULEPATH", "MODULESHOME",
    "LMOD_CMD", "BASH_ENV", "BASH_FUNC_module%%", "SLURM_CONF", "SLURM_JOB_ID", "SLURM_JOBID",
    "SLURM_JOB_NODELIST", "SLURM_NTASKS", "SLURM_PROCID", "MPI_LIB_NRN_PATH", "OMPI_MCA_btl", "CXX",
)  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_the_environment_does_not_reach_a_job(name: str) -> None:
    found = job_environment("ID", {name: "sentinel", "PATH": "/bin", "LANG": "C"})
    assert "sentinel" not in found.values()
    assert (found["LANG"], found[MARKER]) == ("C", "ID")


@pytest.mark.parametrize("name", NEEDED)
def test_variables_of_programs_modules_and_slurm_reach_a_job(name: str) -> None:
    assert job_environment("ID", {name: "there"})[name] == "there"


def test_loaded_modules_are_not_passed_to_a_job() -> None:
    loaded = {"LOADEDMODULES": "cuda/12", "_LMFILES_": "/m/cuda", "CUDA_HOME": "/opt/cuda"}
    assert not loaded.keys() & job_environment("ID", loaded).keys()


def test_variables_named_in_the_settings_reach_a_job() -> None:
    own = {"HTTPS_PROXY": "1", "EBROOTGCC": "2", "EBROOTPYTHON": "3", "OTHER": "4"}
    found = job_environment("ID", own, named=["HTTPS_PROXY", "EBROOT*"])
    assert {name: found.get(name) for name in own} == own | {"OTHER": None}


def test_this_python_comes_first_or_the_tools_and_stand_ins_last() -> None:
    own = {"PATH": "/bin", "PYTHONPATH": "/lib"}
    here = str(Path(sys.executable).parent)
    found = job_environment("ID", own)
    assert found["PATH"].split(os.pathsep) == [here, "/bin", str(STAND_INS)]
    assert found["PYTHONPATH"] == "/lib"
    found = job_environment("ID", own, programs="/env/bin")
    assert found["PATH"].split(os.pathsep) == ["/env/bin", "/bin", str(STAND_INS)]
    assert "PYTHONPATH" not in found


def test_a_jobs_own_home_has_none_of_the_users_caches_and_settings() -> None:
    own = {"PATH": "/bin", "XDG_CACHE_HOME": "/home/me/.cache", "TMPDIR": "/scratch", "HOME": "/h"}
    found = job_environment("ID", own, temporary="/tmp", home="/tmp")
    assert {found[name] for name in ("HOME", "TMPDIR", "TEMP", "TMP")} == {"/tmp"}
    assert "XDG_CACHE_HOME" not in found
    assert job_environment("ID", own)["HOME"] == "/h"


def test_a_real_job_has_no_other_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_PAT", "DATABASE_URL", "NAMED_THING"):
        monkeypatch.setenv(name, "sentinel")
    task = new_task(tmp_path, "SEES", "env -0")
    assert asyncio.run(run_one(task, environment=("NAMED_*",))).phase is Phase.SUCCEEDED
    said = task.folder.stdout.read_text().split("\0")
    names = {name for name, is_one, _ in (line.partition("=") for line in said) if is_one}
    own = {"MPLBACKEND", "PYTHONUNBUFFERED", MARKER, "PWD", "OLDPWD", "SHLVL", "_", "NAMED_THING"}
    assert "NAMED_THING" in names
    assert [n for n in names - own if not any(fnmatchcase(n, one) for one in PASSES)] == []
