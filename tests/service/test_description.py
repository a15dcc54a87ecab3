"""The OpenAPI description is true: schemathesis asks for whatever it allows, and more.

A long run: `BSPSA_EXAMPLES=500 python -m pytest tests/service/test_description.py`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from starlette.routing import Route

from bspsa_widgets.service.embedded import LocalService
from tests.service.conftest import App, Caller
from tests.service.description import describe

LONG = os.environ.get("BSPSA_EXAMPLES", "")  # for each operation
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "unsupported_method",
)


def test_it_describes_every_route(app: App) -> None:
    routes = {
        (route.path, method.lower())
        for route in app.app.routes
        if isinstance(route, Route)
        for method in (route.methods or ()) - {"HEAD"}
    }
    paths = describe()["paths"]
    told = {(path, method) for path, found in paths.items() for method in found}
    told = {(path, method) for path, method in told if method != "parameters"}
    assert told == routes


def test_every_response_is_as_described_and_never_5xx(
    tmp_path: Path, call: Caller, shared: LocalService
) -> None:
    call.submit("pizdaint")  # so that lists hold something
    description = tmp_path / "openapi.json"
    description.write_text(json.dumps(describe()))
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "120"}
    options = ["--url", shared.url, "--header", f"Authorization: Bearer {shared.token()}"]
    options += ["--checks", ",".join(CHECKS), "--continue-on-failure"]
    options += ["--phases", "coverage,fuzzing" if LONG else "fuzzing"]
    options += ["--max-examples", LONG or "3"]
    done = subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "run", description, *options],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested is not None
    assert int(tested[1]) == 17
