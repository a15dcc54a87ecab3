"""Send a notebook folder to a supercomputer through the BSP Service Account.

    from bspsa_widgets import JobSubmitter

    panel = JobSubmitter("my-folder", hpc="pizdaint")
    panel                          # in a notebook: the panel
    job = await panel.submit()     # or without it

Names are loaded when they are first used, so that importing the package costs nothing
in a kernel that may never submit a job.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bspsa_widgets.batch.job_spec import JobSpec
    from bspsa_widgets.batch.submit_many import SubmitInterrupted, submit_many
    from bspsa_widgets.batch.submitted_job import SubmittedJob
    from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
    from bspsa_widgets.domain.accounting import Project, Quota
    from bspsa_widgets.domain.archive import SealedArchive
    from bspsa_widgets.domain.choice import Choice
    from bspsa_widgets.domain.jobs import Job, JobFile, JobRef
    from bspsa_widgets.domain.payload import JobForm, JobRequest
    from bspsa_widgets.domain.systems import SYSTEMS, HpcSystem
    from bspsa_widgets.errors import AlreadySubmitted, BspsaError, Refused, Unconfirmed
    from bspsa_widgets.service.embedded import LocalService
    from bspsa_widgets.submission.plan import Plan
    from bspsa_widgets.widgets.monitor.job_monitor import JobMonitor
    from bspsa_widgets.widgets.submitter.job_submitter import JobSubmitter

__version__ = "0.1.0"

_HOMES = {
    "AlreadySubmitted": "errors",
    "BspsaError": "errors",
    "Choice": "domain.choice",
    "HpcSystem": "domain.systems",
    "Job": "domain.jobs",
    "JobFile": "domain.jobs",
    "JobForm": "domain.payload",
    "JobMonitor": "widgets.monitor.job_monitor",
    "JobRef": "domain.jobs",
    "JobRequest": "domain.payload",
    "JobSubmitter": "widgets.submitter.job_submitter",
    "JobSpec": "batch.job_spec",
    "LocalService": "service.embedded",
    "Plan": "submission.plan",
    "Project": "domain.accounting",
    "Quota": "domain.accounting",
    "Refused": "errors",
    "SYSTEMS": "domain.systems",
    "SealedArchive": "domain.archive",
    "ServiceAccountClient": "client.bspsa.service_account",
    "SubmitInterrupted": "batch.submit_many",
    "SubmittedJob": "batch.submitted_job",
    "Unconfirmed": "errors",
    "submit_many": "batch.submit_many",
}

__all__ = [
    "SYSTEMS",
    "AlreadySubmitted",
    "BspsaError",
    "Choice",
    "HpcSystem",
    "Job",
    "JobFile",
    "JobForm",
    "JobMonitor",
    "JobRef",
    "JobRequest",
    "JobSpec",
    "JobSubmitter",
    "LocalService",
    "Plan",
    "Project",
    "Quota",
    "Refused",
    "SealedArchive",
    "ServiceAccountClient",
    "SubmitInterrupted",
    "SubmittedJob",
    "Unconfirmed",
    "__version__",
    "submit_many",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
