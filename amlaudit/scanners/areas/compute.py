"""Computes of workspaces, of every kind, and past jobs."""

from collections.abc import Mapping
from typing import Any

from amlaudit.core.relations import COMPUTE, COMPUTE_PREVIEW, JOB, WORKSPACE
from amlaudit.core.resource import Document
from amlaudit.scanners.previews import preview
from amlaudit.scanners.scanner import ArmRead, Scanner

_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
_API_VERSION = "2025-12-01"
_PREVIEW = "2026-05-15-preview"
_OF_JOBS = frozenset(
    {
        "computeId",
        "displayName",
        "earlyTermination",
        "environmentId",
        "experimentName",
        "isArchived",
        "jobType",
        "limits",
        "status",
    }
)


def _document_of_job(row: Mapping[str, Any]) -> Document:
    """Return a job without its command, inputs and code: commands may contain secrets."""
    properties = row.get("properties")
    if not isinstance(properties, Mapping):
        return dict(row)
    kept = {key: value for key, value in properties.items() if key in _OF_JOBS}
    if isinstance(trial := properties.get("trial"), Mapping):  # of a sweep
        kept["trial"] = {"environmentId": trial.get("environmentId")}
    return {**row, "properties": kept}


SCANNER = Scanner(
    name="compute",
    reads=(
        ArmRead(
            of=WORKSPACE,
            path="/computes",
            api_version=_API_VERSION,
            action=f"{_WORKSPACES}/computes/read",
            yields=COMPUTE,
        ),
        ArmRead(
            of=WORKSPACE,
            path="/computes",
            api_version=_PREVIEW,
            action=f"{_WORKSPACES}/computes/read",
            yields=COMPUTE_PREVIEW,
            document=preview(
                _PREVIEW, "properties.computeType", "properties.properties.enableRootAccess"
            ),
        ),
        ArmRead(
            of=WORKSPACE,
            path="/jobs",
            api_version=_API_VERSION,
            action=f"{_WORKSPACES}/jobs/read",
            yields=JOB,
            # Jobs are kept for years, and each page costs one read of the subscription's budget.
            most_pages=100,
            document=_document_of_job,
        ),
    ),
)
