"""All errors of the package, in one class tree.

BspsaError
├── InvalidInput              a field holds a value that cannot be sent
│   └── InvalidForm           several fields at once
├── TokenError                there is no usable token
│   ├── TokenMissing
│   ├── TokenMalformed        the value found cannot be a token
│   └── TokenRefused          the service (or the token's expiry date) says it is not valid
├── PackingError              the folder could not be packed into an archive
├── Stopped                   the user cancelled before anything was sent
├── RecordError               no record of the submission can be kept, so nothing is sent
├── AlreadySubmitted          an identical submission exists; the user has to confirm
├── NotSent                   the service was never reached
│   └── UnsafeEndpoint        a redirect or a bad certificate: the token was not sent
├── Refused                   the service refused, before any job was started
│   ├── QuotaRefused
│   ├── AccessRefused
│   └── NotFound
├── ServiceFailure            a response to a read (or a delete) that cannot be used
│   └── JobUnread             unknown whether the job is over, so it was not cancelled
├── DownloadError             a result file is incomplete, or must not be written
├── WholeOnly                 part of a file was requested; the service sends only the whole
├── LocalServiceError         the embedded local service could not start
└── Unconfirmed               sent, and it is not known whether a job exists

Each error says whether a job may exist (`job_may_exist`) and what to do next (`advice`).
Only `Unconfirmed` leaves that open: all others are raised where the failed call
created no job.
"""

from __future__ import annotations

from bspsa_widgets.errors.base import BspsaError
from bspsa_widgets.errors.local import (
    AlreadySubmitted,
    InvalidForm,
    InvalidInput,
    LocalServiceError,
    PackingError,
    RecordError,
    Stopped,
    TokenError,
    TokenMalformed,
    TokenMissing,
    TokenRefused,
)
from bspsa_widgets.errors.service import (
    AccessRefused,
    DownloadError,
    JobUnread,
    NotFound,
    NotSent,
    QuotaRefused,
    Refused,
    ServiceFailure,
    Unconfirmed,
    UnsafeEndpoint,
    WholeOnly,
    unlisted_advice,
)

__all__ = [
    "AccessRefused",
    "AlreadySubmitted",
    "BspsaError",
    "DownloadError",
    "InvalidForm",
    "InvalidInput",
    "JobUnread",
    "LocalServiceError",
    "NotFound",
    "NotSent",
    "PackingError",
    "QuotaRefused",
    "RecordError",
    "Refused",
    "ServiceFailure",
    "Stopped",
    "TokenError",
    "TokenMalformed",
    "TokenMissing",
    "TokenRefused",
    "Unconfirmed",
    "UnsafeEndpoint",
    "WholeOnly",
    "unlisted_advice",
]

for _name in __all__:
    # Tracebacks and pickles name the errors by where they are imported from.
    globals()[_name].__module__ = __name__
