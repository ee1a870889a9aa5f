"""What the rule catalogue names as evidence is collected, or left out for a reason."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import yaml

from amlaudit.core import arm_id
from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    KEY_VAULT,
    LOG_ANALYTICS,
    ONLINE_ENDPOINT,
    PRIVATE_ENDPOINT,
    STORAGE,
    USER_ASSIGNED_IDENTITY,
    WORKSPACE,
)
from amlaudit.scanners.api_versions import version_of
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.scanner import GraphQuery, type_read_by

CATALOGUE: Final = Path(__file__).parents[3] / "shared" / "rule-catalogue"

QUERIES: Final = [query for scanner in all_scanners() for query in scanner.queries]
READS: Final = [read for scanner in all_scanners() for read in scanner.reads]
READ_ALONE: Final = frozenset(read.yields for read in READS)
"""Types read from Azure Resource Manager, whose documents contain everything."""

OWNERS: Final = {
    "{workspaceId}": WORKSPACE,
    "{onlineEndpointId}": ONLINE_ENDPOINT,
    "{storageId}": STORAGE,
    "{vaultId}": KEY_VAULT,
    "{registryId}": CONTAINER_REGISTRY,
    "{logAnalyticsId}": LOG_ANALYTICS,
    "{privateEndpointId}": PRIVATE_ENDPOINT,
    "{identityId}": USER_ASSIGNED_IDENTITY,
    "{scope}": SUBSCRIPTION_TYPE,
    "{resourceId}": SUBSCRIPTION_TYPE,  # a list for a subscription includes those of its resources
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}": SUBSCRIPTION_TYPE,
    "/subscriptions/{subscriptionId}": SUBSCRIPTION_TYPE,
}
"""The beginnings of requests, and the type of the resource that they are made for."""

LEFT_OUT: Final = {
    "resources *": "What a workspace names is read by its type; the rest of a tenant is not ours.",
}
"""Evidence that is not collected, as written in the catalogue, and why."""

Evidence = Mapping[str, Any]


def evidence() -> Iterator[Evidence]:
    """Yield the evidence of each entry in the catalogue."""
    for path in sorted(CATALOGUE.glob("*.yaml")):
        area = yaml.safe_load(path.read_text("utf-8"))
        for entry in (*area.get("controls", ()), *area.get("reserve", ())):
            yield from entry["evidence"]


@pytest.fixture(scope="module")
def named() -> Mapping[str, list[Evidence]]:
    """Return the evidence from Azure, by its wording in the catalogue."""
    if not CATALOGUE.is_dir():
        pytest.skip(f"no catalogue of rules at {CATALOGUE}")
    found: dict[str, list[Evidence]] = {}
    for each in evidence():
        if each["source"] == "resource_graph":
            found.setdefault(f"{each['table']} {each['type']}", []).append(each)
        elif each["source"] == "arm_rest":
            found.setdefault(each["request"], []).append(each)
    return found


def query_for(arm_type: str) -> GraphQuery | None:
    """Return the query for a type, None if there is none."""
    for query in QUERIES:
        if arm_type in map(type_read_by, query.actions):
            return query
    return None


def is_collected(each: Evidence) -> bool:
    """Tell whether a scanner reads some evidence."""
    if each["source"] == "resource_graph":
        return each["type"] in READ_ALONE or query_for(each["type"]) is not None
    return is_read(each["request"])


def is_read(request: str) -> bool:
    """Tell whether a scanner makes a request, or gets its whole result in another way.

    A scanner that lists a type over a subscription, or gets it from the graph, need not request it
    for each resource. Diagnostic settings are only read for each resource.
    """
    address = urlsplit(request.removeprefix("GET "))
    beginning = next(each for each in OWNERS if address.path.startswith(each))
    owner, path = OWNERS[beginning], address.path.removeprefix(beginning)
    version = version_of(request)
    same = [read for read in READS if (read.of, read.path) == (owner, path)]
    if version.endswith("-preview"):  # other versions do not show what is requested
        lists = [read for read in READS if type_of(read.of, read.path) == type_of(owner, path)]
        return version in {read.api_version for read in lists}
    if same or "/Microsoft.Insights/" in path:
        return bool(same)
    arm_type = type_of(owner, path)
    return arm_type in READ_ALONE or query_for(arm_type) is not None


def type_of(owner: str, path: str) -> str:
    """Return the ARM type of a path under a resource of some type."""
    namespace, *parts = owner.split("/")
    spelled = f"/providers/{namespace}" + "".join(f"/{part}/x" for part in parts)
    whole = path if path.startswith("/providers/") else spelled + path
    lists = len(whole.rpartition("/providers/")[2].split("/")) % 2 == 0
    return arm_id.type_of(arm_id.normalise(whole + "/x" * lists))


def test_all_evidence_is_collected_or_left_out_for_a_reason(
    named: Mapping[str, list[Evidence]],
) -> None:
    missing = {name for name, found in named.items() if not all(map(is_collected, found))}
    assert missing == LEFT_OUT.keys()


def test_rows_of_the_graph_have_the_columns_of_the_evidence(
    named: Mapping[str, list[Evidence]],
) -> None:
    """What a row lacks must come from Azure Resource Manager."""
    lacking = {
        (each["type"], path)
        for found in named.values()
        for each in found
        if each["source"] == "resource_graph" and each["type"] not in READ_ALONE
        for path in each["paths"]
        if (query := query_for(each["type"])) and column_of(path) not in columns_of(query)
    }
    assert lacking == set()


def column_of(path: str) -> str:
    """Return the first step of a path; the group and subscription of a document are in its id."""
    first = path.partition(".")[0].partition("[")[0]
    return "id" if first in ("resourceGroup", "subscriptionId") else first


def columns_of(query: GraphQuery) -> set[str]:
    """Return the columns that a query returns."""
    line = next(line for line in query.text.splitlines() if line.startswith("| project "))
    return {each.strip() for each in line.removeprefix("| project ").split(",")}


@pytest.mark.parametrize(
    ("request_", "read"),
    [
        ("GET {workspaceId}?api-version=2026-05-15-preview", True),
        ("GET {workspaceId}?api-version=2024-10-01-preview", False),
        ("GET {registryId}?api-version=2025-05-01-preview", True),
        ("GET {vaultId}?api-version=2026-05-15-preview", False),
        ("GET {vaultId}/keys/{keyName}?api-version=2025-05-01", True),
        ("GET {resourceId}/providers/Microsoft.Authorization/locks?api-version=2016-09-01", True),
        ("GET {workspaceId}/batchEndpoints/{e}/deployments?api-version=2025-12-01", True),
        ("GET {workspaceId}/models?api-version=2025-12-01", False),
        ("GET {workspaceId}/datastores?api-version=2024-04-01", True),
        ("GET {workspaceId}/onlineEndpoints/{e}?api-version=2027-01-01-preview", False),
        ("GET {logAnalyticsId}/providers/Microsoft.Insights/diagnosticSettings?x=1", False),
    ],
)
def test_a_request_is_known_by_what_it_asks_for(request_: str, read: bool) -> None:  # noqa: FBT001
    assert is_read(request_) is read


def test_rows_of_tables_without_versions_have_that_of_their_type() -> None:
    policy = next(each for each in QUERIES if each.file == "policy.kql")
    assignment = {"type": "microsoft.authorization/policyassignments"}
    assert policy.version_of(assignment) == "2025-03-01"
    assert policy.version_of({**assignment, "apiVersion": "2022-06-01"}) == "2022-06-01"
    assert not policy.version_of({"type": "microsoft.authorization/policyexemptions"})


@pytest.mark.parametrize("query", QUERIES, ids=[each.file for each in QUERIES])
def test_versions_are_given_for_types_that_a_query_returns(query: GraphQuery) -> None:
    assert set(query.api_versions) <= set(query.actions)
