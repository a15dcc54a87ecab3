"""The answers of the local service as an OpenAPI description, which schemathesis holds it to.

The real service has none; this one describes what both have in common.
"""

from __future__ import annotations

from typing import Any, Final

from bspsa_widgets.domain.systems import TITLE_LENGTH

_TEXT: Final = {"type": "string"}
_WHOLE: Final = {"type": "integer"}
_FLAG: Final = {"type": "boolean"}
_DATE: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_SYSTEM: Final = {"enum": ["NSG", "PIZDAINT"]}


def _object(**properties: Any) -> dict[str, Any]:
    """Of these keys, all there, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _named(name)}


def _named(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_SCHEMAS: Final = {
    "Job": _object(
        id=_WHOLE,
        project_name=_TEXT,
        project_hpc=_SYSTEM,
        job_id={"type": "string", "pattern": "^[A-Z0-9_-]+$"},
        title={"type": "string", "maxLength": TITLE_LENGTH},
        init_date=_DATE,
        end_date={"anyOf": [_DATE, {"type": "null"}]},
        runtime={"type": "number", "exclusiveMinimum": 0, "description": "hours"},
        stage=_TEXT,
        terminal_stage=_FLAG,
        failed=_FLAG,
        is_advanced=_FLAG,
        owner=_TEXT,
        project=_WHOLE,
    ),
    "Quota": _object(
        id=_WHOLE,
        project_name=_TEXT,
        project_hpc=_SYSTEM,
        time_left={"type": "integer", "description": "seconds"},
        space_left=_WHOLE,
        user=_TEXT,
        project=_WHOLE,
    ),
    "Project": _object(
        id=_WHOLE,
        name=_TEXT,
        hpc=_SYSTEM,
        **dict.fromkeys(("init_time", "init_space", "time_left", "space_left"), _WHOLE),
        **dict.fromkeys(("user_time", "user_space"), _WHOLE),
    ),
    "System": _object(id=_SYSTEM, name=_TEXT),
    "Files": {
        "description": "Piz Daint: names after a slash. NSG: objects, by `fileid` at the end.",
        "type": "array",
        "items": {"anyOf": [{"type": "string", "pattern": "^/"}, {"type": "object"}]},
    },
    "Refusal": {
        "description": "The service's own words, or those of its framework.",
        "anyOf": [_TEXT, _object(detail=_TEXT)],
    },
}
_PARAMETERS: Final = {
    "hpc": {"type": "string", "pattern": "^[A-Za-z_-]+$", "examples": ["pizdaint", "nsg"]},
    "project": {"type": "string", "pattern": "^[a-z0-9_-]+$", "examples": ["bsp_pizdaint_01"]},
    "id": {"type": "string", "pattern": "^[A-Z0-9_-]+$"},
    "file": {"type": "string", "minLength": 1},
}
_UPLOAD: Final = [
    {
        "name": "Payload",
        "in": "header",
        "required": True,
        "description": "One JSON object in ASCII: runtime, title, and what the system runs.",
        "schema": _TEXT,
    },
    {
        "name": "Content-Disposition",
        "in": "header",
        "description": "attachment; filename=NAME of up to 100 of A-Z a-z 0-9 _ . -",
        "schema": _TEXT,
    },
]
_REFUSALS: Final = {
    "400": "The request is wrong; nothing was kept.",
    "401": "No token of this service; or the quota does not cover the runtime.",
    "403": "A foreign Host or Origin.",
    "404": "There is no such thing.",
    "406": "It is a folder.",
    "408": "The body came too slowly.",
    "411": "The body's length is not told.",
    "413": "The body is too large.",
    "415": "The body is not the file itself.",
    "416": "The range begins behind the end.",
}
_PAGE: Final = {"text/html": {"schema": _TEXT}}  # of a path that is none of the service's


def describe() -> dict[str, Any]:
    """Return the whole description, OpenAPI 3.1."""
    paths: dict[str, Any] = {
        "/status/": {"get": _open({"bsp-service-account-status": {"const": 1}})},
        "/hpc/": {"get": _get(_list("System")) | {"security": []}},
        "/hpc/{hpc}/": {"get": _bare()},
        "/jobs/{hpc}/{project}/{id}/": {
            "get": _get(_named("Job"), 404),
            "delete": _get(_named("Job"), 404),
        },
        "/files/{hpc}/{project}/{id}/": {"get": _get(_named("Files"), 404)},
        "/files/{hpc}/{project}/{id}/{file}/": {"get": _download()},
        "/quotas/{hpc}/{project}/": {"get": _get(_named("Quota"), 404)},
    }
    for what, one in (("jobs", "Job"), ("quotas", "Quota"), ("projects", "Project")):
        paths |= {f"/{what}/": {"get": _get(_list(one))}}
        paths |= {f"/{what}/{{hpc}}/": {"get": _get(_list(one), 404)}}
    paths["/jobs/{hpc}/{project}/"] = {"get": _get(_list("Job"), 404), "post": _submit()}
    paths["/jobs/{hpc}/"]["post"] = _submit()
    for path, found in paths.items():
        found["parameters"] = [_parameter(name) for name in _PARAMETERS if f"{{{name}}}" in path]
    token = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "BSP Service Account, local", "version": "1"},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": _SCHEMAS, "securitySchemes": {"token": token}},
    }


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _get(schema: Any, *refusals: int) -> dict[str, Any]:
    answers = {"200": {"description": "Here it is.", "content": _json(schema)}}
    return {"responses": answers | _refusals(401, 403, *refusals)}


def _open(keys: dict[str, Any]) -> dict[str, Any]:
    return _get(_object(**keys)) | {"security": []}


def _bare() -> dict[str, Any]:
    """Only the status tells."""
    answers: dict[str, Any] = {"200": {"description": "Known."}, "404": {"description": "Not."}}
    return {"responses": answers | _refusals(401, 403)}


def _download() -> dict[str, Any]:
    found: dict[str, Any] = {"application/octet-stream": {"schema": {}}}
    answers = {"200": {"description": "The file.", "content": found}}
    answers["206"] = {"description": "The range asked for.", "content": found}
    return {"responses": answers | _refusals(401, 403, 404, 406, 416)}


def _submit() -> dict[str, Any]:
    answers = {"201": {"description": "The job is kept.", "content": _json(_named("Job"))}}
    answers |= _refusals(400, 401, 403, 404, 408, 411, 413, 415)
    body = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"parameters": _UPLOAD, "requestBody": {"content": body}, "responses": answers}


def _refusals(*statuses: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in statuses:
        content = _json(_named("Refusal")) | (_PAGE if status == 404 else {})
        found[str(status)] = {"description": _REFUSALS[str(status)], "content": content}
    return found
