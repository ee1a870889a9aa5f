"""Describes a run in Azure Pipelines, as needed for SARIF in Azure DevOps.

https://learn.microsoft.com/azure/devops/pipelines/build/variables
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_IDENTITY: Final = (
    "SYSTEM_TEAMPROJECTID",
    "BUILD_DEFINITIONID",
    "SYSTEM_PHASEID",
    "BUILD_SOURCEBRANCH",
    "BUILD_BUILDID",
)
"""The variables that identify a run in its organisation, in the order of its id."""


def pipeline_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the SARIF options derived from an environment, none outside a pipeline."""
    organisation = _organisation_of(environment.get("SYSTEM_COLLECTIONURI", ""))
    parts = [organisation, *(environment.get(name, "") for name in _IDENTITY)]
    if not environment.get("TF_BUILD") or not all(parts):
        return {}
    return {
        "pipeline": "/".join(parts),
        "definition-name": environment.get("BUILD_DEFINITIONNAME") or "amlaudit",
        "phase-name": environment.get("SYSTEM_PHASENAME") or "amlaudit",
    }


def _organisation_of(address: str) -> str:
    """Return the organisation in the URL of a collection, `""` if there is none."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if host.endswith(".visualstudio.com"):
        return host.partition(".")[0]
    return parts.path.strip("/").partition("/")[0] if host.endswith("dev.azure.com") else ""
