"""What only previews show is read in addition to the stable version, never in its place."""

from typing import Any, Final

import pytest

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.relations import (
    COMPUTE,
    COMPUTE_PREVIEW,
    CONTAINER_REGISTRY,
    REGISTRY_PREVIEW,
    WORKSPACE,
    WORKSPACE_PREVIEW,
)
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.previews import preview
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.reading import collected
from tests.loopback.wire import Request

PREVIEWS: Final = {WORKSPACE_PREVIEW, COMPUTE_PREVIEW, REGISTRY_PREVIEW}
VERSIONS: Final = {
    read.api_version
    for scanner in all_scanners()
    for read in scanner.reads
    if read.yields in PREVIEWS
}
INSTANCE: Final = arm_id.normalise(f"{small.FRAUD}/computes/ci-anna")


def of_previews(request: Request) -> bool:
    """Match the requests for what previews show."""
    return request.query.get("api-version") in VERSIONS


def test_both_documents_are_collected_with_their_versions(azure: LoopbackAzure) -> None:
    with collected(azure) as estate:
        instance = estate.store.get(INSTANCE)
        assert instance
        (shown,) = estate.neighbours(instance, "compute-preview")
    assert instance.origin.api_version == "2025-12-01"
    assert "enableRootAccess" not in instance.body["properties"]["properties"]  # type: ignore[index]
    assert shown.origin.api_version == "2026-05-15-preview"
    assert shown.body["properties"] == {
        "computeType": "ComputeInstance",
        "properties": {"enableRootAccess": False},
    }


def test_a_preview_that_is_not_offered_is_not_replaced_by_another(azure: LoopbackAzure) -> None:
    message = "No registered resource provider found. The supported api-versions are '2025-12-01'."
    azure.fail(of_previews, faults.error(400, "NoRegisteredProviderFound", message))
    with collected(azure) as estate:
        assert {gap.part for gap in estate.gaps()} == PREVIEWS
        assert {gap.reason for gap in estate.gaps()} == {Reason.API_ERROR}
        counts = estate.store.counts()
    assert counts.keys() >= {WORKSPACE, COMPUTE, CONTAINER_REGISTRY}
    assert not counts.keys() & PREVIEWS


def test_a_preview_that_shows_rubbish_leaves_the_stable_version_alone(azure: LoopbackAzure) -> None:
    rows = [
        {"id": None, "name": "ci-anna", "properties": {}},
        {"id": "ci-anna", "name": "ci-anna", "properties": {}},
        {"id": small.FRAUD + "/computes/ci-anna", "name": "ci-anna", "properties": "none"},
        "ci-anna",
    ]
    computes = faults.path_ends(f"{small.FRAUD}/computes")
    azure.fail(lambda each: of_previews(each) and computes(each), faults.value({"value": rows}))
    with collected(azure) as estate:
        known = {each.id for each in estate.of_type(COMPUTE)}
        instance = estate.store.get(INSTANCE)
        (gap,) = (each for each in estate.gaps() if each.part == COMPUTE_PREVIEW)
    assert instance
    assert instance.body["properties"]["computeType"] == "ComputeInstance"  # type: ignore[index]
    assert {each.rpartition("/")[2] for each in known} == {"cpu", "gpu", "kube", "ci-anna"}
    assert (gap.scope_id, gap.detail) == (
        arm_id.normalise(small.FRAUD),
        "3 of 4 rows have no id of a requested type",
    )


@pytest.mark.parametrize(
    ("row", "properties"),
    [
        ({"properties": {"a": 1, "b": {"c": 2, "d": 3}}}, {"a": 1, "b": {"c": 2}}),
        ({"properties": {"A": 1}}, {"a": 1}),
        ({"properties": {"a": None}}, {}),
        ({"properties": {"x": 1}}, {}),
        ({}, None),
        ({"properties": {"b": "text"}}, {"b": "text"}),
        ({"properties": None}, None),
    ],
)
def test_only_the_requested_columns_of_a_row_are_stored(row: Any, properties: Any) -> None:
    identified = {"id": f"{small.CHURN}", "type": "Microsoft.MachineLearningServices/workspaces"}
    document = preview("2026-01-01-preview", "properties.a", "properties.b.c")
    found = document({**identified, **row, "secret": "x"})
    assert found.get("properties") == properties
    assert found["id"] == f"{small.CHURN}/previews/2026-01-01-preview"
    assert found["type"] == "Microsoft.MachineLearningServices/workspaces/previews"
    assert "secret" not in found
