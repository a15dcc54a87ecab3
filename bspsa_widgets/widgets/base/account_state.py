"""The account as a panel's view shows it: connection, systems, projects, quotas."""

from __future__ import annotations

from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.domain.clean_text import clean_text
from bspsa_widgets.domain.fields.declaration import Field
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import BspsaError, TokenError
from bspsa_widgets.widgets.base.contract import (
    Connection,
    FieldSpec,
    Quotas,
    SystemSpec,
)

UNKNOWN: Connection = {"label": "", "user": "", "state": "unknown", "message": ""}


def systems_state() -> list[SystemSpec]:
    """Return all systems.

    Returns:
        the systems.
    """
    return [
        {
            "id": system.id,
            "label": system.label,
            "projects": list(system.projects),
            "fields": [_field_state(field) for field in system.fields],
        }
        for system in SYSTEMS.values()
    ]


def _field_state(field: Field) -> FieldSpec:
    """Return what the view shows of a field; limits are checked in Python."""
    return {
        "name": field.name,
        "label": field.label,
        "kind": field.kind,
        "unit": field.unit,
        "default": field.default,
        "example": field.example,
        "help": field.help,
        "choices": [{"id": one.id, "label": one.label} for one in field.choices],
        "is_open": field.is_open,
        "is_optional": field.is_optional,
        "tools": list(field.tools),
    }


def connected(label: str, quotas: list[Quota]) -> Connection:
    """Return the state of the connection after a response.

    Args:
        label: name of the service.
        quotas: the user's quotas, which contain the user's name.

    Returns:
        the connection.
    """
    user = quotas[0].raw.get("user") if quotas else None
    shown = clean_text(str(user)) if isinstance(user, str | int) else ""
    return {"label": label, "user": shown, "state": "connected", "message": ""}


def disconnected(label: str, error: BspsaError) -> Connection:
    """Return the state of the connection without a token or a response.

    Args:
        label: name of the service.
        error: the error.

    Returns:
        the connection.
    """
    return {
        "label": label,
        "user": "",
        "state": "no_token" if isinstance(error, TokenError) else "offline",
        "message": str(error),
    }


def quotas_state(quotas: list[Quota], projects: list[Project]) -> Quotas:
    """Return the hours left and the hours per user by "hpc/project".

    Args:
        quotas: the user's quotas.
        projects: the user's projects.

    Returns:
        the trait `quotas`.
    """
    given = {(project.hpc, project.name): project.user_hours for project in projects}
    return {
        f"{quota.hpc}/{quota.project}": {
            "hours_left": quota.hours_left,
            "hours": given.get((quota.hpc, quota.project)),
        }
        for quota in quotas
    }


def projects_state(projects: list[Project]) -> dict[str, list[str]]:
    """Return the names of the projects by system.

    Args:
        projects: the user's projects.

    Returns:
        the trait `projects`.
    """
    return {
        hpc: [project.name for project in projects if project.hpc == hpc]
        for hpc in sorted({project.hpc for project in projects})
    }
