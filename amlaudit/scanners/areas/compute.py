"""Computes of workspaces, of every kind, and the jobs that ran."""

from amlaudit.core.relations import COMPUTE, JOB, WORKSPACE
from amlaudit.scanners.scanner import ArmRead, Scanner

_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
_API_VERSION = "2025-12-01"

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
            path="/jobs",
            api_version=_API_VERSION,
            action=f"{_WORKSPACES}/jobs/read",
            yields=JOB,
        ),
    ),
)
