"""The public status page: kept by hand in `status/status.json`, it looks at nothing.

    {"status": "operational", "age_s": 60, "components": [{"name": "API", "status": "operational"}],
     "incidents": [], "http_status": 200}

`age_s` is how long ago the page was last updated; a missing key has the value shown here, but for no components. A `body`
is answered as it stands, for pages of other shapes.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from sandbox import wsgi
from sandbox.wsgi import Answer, Request, json_answer, utc_now

INDICATORS = {
    "operational": ("none", "All Systems Operational"),
    "under_maintenance": ("none", "Service Under Maintenance"),
    "degraded_performance": ("minor", "Minor Service Outage"),
    "partial_outage": ("major", "Partial System Outage"),
    "major_outage": ("critical", "Major Service Outage"),
}


def application() -> WSGIApplication:
    """The WSGI application for the sandbox at SANDBOX_HOME."""
    file = Path(os.environ["SANDBOX_HOME"], "status", "status.json")
    return wsgi.application(lambda request: answer(file, request))


def answer(file: Path, request: Request) -> Answer:
    """What the page that is kept in `file` says: in the guide's shape, or in Statuspage's."""
    shapes = {"/api/status": _guide_shape, "/api/v2/summary.json": _statuspage_shape}
    if request.path not in shapes:
        return json_answer({"error": "not found"}, 404)
    page = json.loads(file.read_text())
    updated = utc_now(-page.get("age_s", 60))
    headers = {"Cache-Control": "no-store", "Strict-Transport-Security": "max-age=63072000"}
    body = page.get("body") or shapes[request.path](page, updated)
    return json_answer(body, page.get("http_status", 200), headers)


def _guide_shape(page: Mapping[str, Any], updated: str) -> Mapping[str, object]:
    components = page.get("components", [])
    return {
        "status": page.get("status", "operational"),
        "updated_at": updated,
        "components": components,
        "incidents": page.get("incidents", []),
    }


def _statuspage_shape(page: Mapping[str, Any], updated: str) -> Mapping[str, object]:
    indicator, description = INDICATORS.get(page.get("status", "operational"), ("minor", page.get("status")))
    components = [
        {"id": f"component-{number}", "updated_at": updated, **component} for number, component in enumerate(page.get("components", []), 1)
    ]
    return {
        "page": {"id": "neffpaving", "name": "Neff Paving", "time_zone": "Etc/UTC", "updated_at": updated},
        "status": {"indicator": indicator, "description": description},
        "components": components,
        "incidents": page.get("incidents", []),
        "scheduled_maintenances": [],
    }
