"""Computes of workspaces, of every kind."""

from amlaudit.core.relations import COMPUTE, WORKSPACE
from amlaudit.scanners.scanner import ArmRead, Scanner

SCANNER = Scanner(
    name="compute",
    reads=(
        ArmRead(
            of=WORKSPACE,
            path="/computes",
            api_version="2025-12-01",
            action="Microsoft.MachineLearningServices/workspaces/computes/read",
            yields=COMPUTE,
        ),
    ),
)
