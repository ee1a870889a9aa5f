"""Commands close what they open: files, sockets and, as Python tells from 3.13 on, databases.

To learn where something was opened, run the command with `-X tracemalloc=9` as well.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from amlaudit.core.errors import Exit

PYTHON = [sys.executable, "-W", "always::ResourceWarning"]

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

RESOURCE = {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2024-01-01", "name": "st"}


def said(arguments: str, folder: Path) -> str:
    """Return what Python writes about a run that ends as it should."""
    done = subprocess.run(  # noqa: S603 - our own code
        [*PYTHON, *arguments.split()],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode in {Exit.PASS, Exit.FAIL}, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the demo's reports and a history."""
    folder = tmp_path_factory.mktemp("left-open")
    said("-m amlaudit demo --out .", folder)
    said("-m amlaudit scan --from estate.db --history history.sqlite", folder)
    template = {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [RESOURCE]}
    (folder / "template.json").write_text(json.dumps(template), "utf-8")
    return folder


def test_python_tells_what_is_left_open(tmp_path: Path) -> None:
    assert "ResourceWarning" in said("-c open('left','w')", tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        "demo --out again",
        "scan --from estate.db --history history.sqlite --report html=report.html",
        "scan --from template.json --report xlsx=report.xlsx",
        "history show --history history.sqlite",
        "diff report.json report.json",
        "report estate.db --report ndjson=report.ndjson",
        "fix-plan report.json",
        "rules list",
    ],
)
def test_a_command_leaves_nothing_open(arguments: str, folder: Path) -> None:
    assert "ResourceWarning" not in said(f"-m amlaudit {arguments}", folder)
