"""The same configuration is judged the same, whether a template declares it or Azure shows it."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.arm_id import normalise
from amlaudit.core.estate import Estate
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.templates import GROUP, template
from tests.scanners.deployments.terraform.plans import PROVIDERS
from tests.scanners.deployments.terraform.test_round_trips import (
    TRIPS,
    beside,
    created,
    named,
    verdicts,
)

HERE = f"{GROUP}/providers"


def written(trip: dict[str, Any]) -> dict[str, Any]:
    """Return a template that declares what Azure shows."""
    namespace, *rest = trip["id"].removeprefix(f"{PROVIDERS}/").split("/")
    declared = {
        "type": "/".join([namespace, *rest[::2]]),
        "name": "/".join(rest[1::2]),
        "apiVersion": "2026-06-01",
        **{key: value for key, value in trip["azure"].items() if key not in ("id", "name")},
    }
    return template(declared)


def by_template(folder: Path, trip: dict[str, Any]) -> Estate:
    """Return the estate of the template, without a given resource group."""
    moved = json.loads(json.dumps(trip).replace(PROVIDERS, HERE))
    beside(folder, moved)
    text = json.dumps(written(trip)).replace(PROVIDERS, HERE)
    (folder / "main.json").write_text(text, "utf-8")
    return Files((folder,)).collect(Scope())


TRIPS_OF_TEMPLATES = [
    each
    for each in TRIPS
    # Ids outside of resource groups, and names that include their parents.
    if each["id"].startswith(PROVIDERS) and each["id"].count("/providers/") == 1
]


@pytest.mark.parametrize("trip", TRIPS_OF_TEMPLATES, ids=named)
def test_rules_judge_a_template_as_they_judge_azure(tmp_path: Path, trip: dict[str, Any]) -> None:
    for name in ("template", "azure"):
        (tmp_path / name).mkdir()
    moved = normalise(trip["id"].replace(PROVIDERS, HERE))
    declared = verdicts(by_template(tmp_path / "template", trip), moved)
    shown = verdicts(created(tmp_path / "azure", trip), trip["id"])
    assert declared == shown
