"""The panels' fixtures: a real service, and no fault that goes unseen."""

from tests.widgets.conftest import (
    _apart,
    _no_fault_unseen,
    file_calls,
    known,
    monitor,
    panel,
    planted,
    serve,
    service,
    shown,
)

__all__ = [
    "_apart",
    "_no_fault_unseen",
    "file_calls",
    "known",
    "monitor",
    "panel",
    "planted",
    "serve",
    "service",
    "shown",
]
