"""Shapes that real answers of Azure have and that no documentation shows: how each is handled.

The recordings are not part of the repository; without them these tests are skipped.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.relations import (
    CONNECTION,
    DATASTORE,
    KEY_VAULT,
    LOCK,
    OUTBOUND_RULE,
    ROLE_ASSIGNMENT,
    WORKSPACE,
)
from amlaudit.core.report import Report
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.pipeline import Policy, audit
from amlaudit.rulebook.library import load_library
from amlaudit.scanners.areas.policy import document_of_state
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.faults import ReadError, error_of_answer
from amlaudit.scanners.files.source import Files
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.reading import reader_of
from tests.loopback.recordings import Recording, read_recordings

FOLDER: Final = Path(__file__).parents[3] / "shared" / "azure-responses"
RECORDINGS: Final = {each.name: each for each in read_recordings(FOLDER)} if FOLDER.is_dir() else {}
ORIGIN: Final = Origin("", "", datetime(2026, 1, 1, tzinfo=UTC))
NOBODY: Final = ("00000000-0000-0000-0000-000000000000",)
QUERY: Final = "resources | project id, name | order by id asc"

pytestmark = pytest.mark.skipif(not RECORDINGS, reason="the recordings of Azure are not here")


def body_of(name: str) -> Any:
    """Return the JSON value of a recorded answer."""
    return json.loads(RECORDINGS[name].response.body)


def resources(name: str) -> list[Resource]:
    """Return the resources of a recorded answer."""
    body = body_of(name)
    rows = body.get("value", [body])
    return [each for row in rows for each in resources_of(row, ORIGIN)]


def one(name: str) -> Resource:
    """Return the only resource of a recorded answer."""
    (found,) = resources(name)
    return found


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve nothing but replayed recordings."""
    with LoopbackAzure(certificates, ()) as served:
        yield served


@pytest.fixture(scope="module")
def report() -> Report:
    """Judge everything that was recorded."""
    packs, rules = load_library(())
    return audit(Scope(), Files((FOLDER,)), Policy(packs, rules), datetime(2026, 1, 1, tzinfo=UTC))


class TestIds:
    def test_a_subscription_id_need_not_be_a_guid(self) -> None:
        found = one("datastores/get-file-2022-05-01.json")
        assert found.type == DATASTORE
        assert arm_id.subscription_of(found.id).endswith("/00000000-0000-0000-0000-000000000")
        assert arm_id.type_of(arm_id.parent_of(found.id)) == WORKSPACE

    def test_slashes_may_be_doubled(self) -> None:
        name = "resource-locks/list-ml-workspace-double-slash.json"
        asked = RECORDINGS[name].path
        assert "//" in asked
        found = one(name)
        assert found.type == LOCK
        workspace = arm_id.parent_of(found.id)
        assert arm_id.type_of(workspace) == WORKSPACE
        assert arm_id.normalise(asked).startswith(workspace)

    def test_a_role_has_one_id_wherever_it_is_read(self) -> None:
        name = "b24988ac-6180-42a0-ab88-20f7382dd24c"
        for file in (
            "role-definitions/get-contributor-2018-01-01-preview.json",
            "role-definitions/list-filter-contributor-2022-05-01-preview.json",
        ):
            assert one(file).id == f"/providers/microsoft.authorization/roledefinitions/{name}"

    def test_assignments_come_from_every_scope(self) -> None:
        name = "role-assignments/list-root-and-management-group-scopes-2020-04-01-preview.json"
        found = resources(name)
        assert {each.type for each in found} == {ROLE_ASSIGNMENT}
        above = {arm_id.parent_of(each.id) for each in found}
        assert arm_id.ROOT in above
        assert any("/managementgroups/" in scope for scope in above)

    def test_a_deleted_vault_is_not_a_vault(self) -> None:
        for name in ("deleted-vault-get-2023-07-01", "deleted-vaults-page-2019-09-01"):
            assert one(f"key-vaults/{name}.json").type != KEY_VAULT


class TestValues:
    def test_a_property_that_is_not_shown_is_absent(self) -> None:
        cases = {
            "workspaces/get-allowpublic-true-2021-07-01.json": "properties.publicNetworkAccess",
            "workspaces/get-no-kind-2022-05-01.json": "kind",
            "workspaces/get-managed-network-without-status-2022-12-01-preview.json": (
                "properties.managedNetwork.status"
            ),
            "key-vaults/get-minimal-2021-04-01-preview.json": "properties.networkAcls",
            "storage-accounts/get-cmk-2019-06-01.json": "properties.minimumTlsVersion",
        }
        for name, path in cases.items():
            assert read(one(name).body, parse_path(path)) is ABSENT, name

    def test_a_null_property_stays_null(self) -> None:
        found = one("workspace-connections/get-git-pat-2023-04-01-preview.json")
        assert found.type == CONNECTION
        properties = found.body["properties"]
        assert isinstance(properties, Mapping)
        assert (properties["authType"], properties["credentials"]) == ("PAT", None)

    def test_destinations_of_outbound_rules_are_texts_or_objects(self) -> None:
        found = resources("outbound-rules/list-2023-04-01-preview.json")
        assert {each.type for each in found} <= {OUTBOUND_RULE}
        rows = body_of("outbound-rules/list-2023-04-01-preview.json")["value"]
        kinds = {type(row["properties"]["destination"]) for row in rows}
        assert kinds == {str, dict}

    def test_two_identities_stand_in_one_text(self) -> None:
        found = one("workspaces/get-system-and-user-assigned-2023-04-01-preview.json")
        identity = found.body["identity"]
        assert isinstance(identity, Mapping)
        assert set(str(identity["type"]).replace(" ", "").split(",")) == {
            "SystemAssigned",
            "UserAssigned",
        }

    def test_an_unfamiliar_value_never_passes(self, report: Report) -> None:
        doc = body_of("registries/doc-get-usercreated-2024-04-01.json")
        assert doc["properties"]["publicNetworkAccess"] == "string"
        key = arm_id.normalise(doc["id"])
        judged = [each for each in report.findings if each.resource.id == key]
        looked = [
            each.verdict.status
            for each in judged
            if any(seen.observed == "string" for seen in each.evidence)
        ]
        assert Status.PASS not in looked

    def test_policy_states_are_flat_and_get_an_id(self) -> None:
        for row in body_of("policy-states/query-assignment-nextlink-null-2019-10-01.json")["value"]:
            (state,) = resources_of(document_of_state(row), ORIGIN)
            assert state.type == "microsoft.policyinsights/policystates"
            assert arm_id.parent_of(state.id) == arm_id.normalise(row["resourceId"])


LISTS: Final[Mapping[str, int]] = {
    "policy-states/query-assignment-nextlink-null-2019-10-01.json": 1,
    "policy-states/query-definition-empty-2019-10-01.json": 0,
    "workspace-connections/list-empty-2023-04-01-preview.json": 0,
    "resource-locks/list-empty.json": 0,
    "subscriptions/list-many-2016-06-01.json": 12,
    "resourcegraph/zero-rows.json": 0,
    "resourcegraph/ml-virtualclusters-21-rows.json": 21,
    "resourcegraph/default-format-is-array-2021-03-01.json": 2,
}
"""Complete answers, and how many rows they have."""

CUT: Final[Mapping[str, str]] = {
    "resourcegraph/table-default-2019-04-01.json": "contains no list of rows",
    "resourcegraph/facets-table-2019-04-01.json": "contains no list of rows",
    "resourcegraph/storage-accounts-table-15-columns.json": "contains no list of rows",
    "resourcegraph/paged-first-page-2021-03-01.json": "never end",
    "resourcegraph/doc-first-page-2024-04-01.json": "never end",
}
"""Answers to queries that are wrong or incomplete, and the resulting message."""


def rows_of(recording: Recording, azure: LoopbackAzure) -> int:
    """Return how many rows amlaudit reads from a recorded answer."""
    azure.replay(recording)
    with reader_of(azure) as reader:
        pages = (
            reader.graph(QUERY, NOBODY)
            if recording.name.startswith("resourcegraph/")
            else reader.pages(recording.path, "2025-12-01", method=recording.method)
        )
        found = list(pages)
    for page in found:
        if page.fault:
            raise page.fault
    return sum(len(page.rows) for page in found)


class TestLists:
    @pytest.mark.parametrize("name", LISTS)
    def test_that_are_whole_have_their_rows(self, name: str, azure: LoopbackAzure) -> None:
        recording = RECORDINGS[name]
        if "policystates" in recording.path.lower():  # other scopes are not on the guard's list
            scope = "/subscriptions/0/providers/Microsoft.PolicyInsights/policyStates/latest"
            recording = moved(recording, f"{scope}/queryResults")
        assert rows_of(recording, azure) == LISTS[name]

    @pytest.mark.parametrize("name", CUT)
    def test_that_are_not_are_errors(self, name: str, azure: LoopbackAzure) -> None:
        with pytest.raises(ReadError, match=CUT[name]):
            rows_of(RECORDINGS[name], azure)


def moved(recording: Recording, path: str) -> Recording:
    """Return a recording as the answer to another path."""
    return Recording(recording.name, recording.method, path, recording.response)


ERRORS: Final[Mapping[str, tuple[Reason, str]]] = {
    "404-html-body": (Reason.API_ERROR, "Azure answered 404"),
    "500-empty-body": (Reason.API_ERROR, "Azure answered 500"),
    "503-html-body": (Reason.API_ERROR, "Azure answered 503"),
    "404-no-error-wrapper": (Reason.API_ERROR, "Azure answered 404, NotFound"),
    "405-message-only": (Reason.API_ERROR, "Azure answered 405"),
    "429-numeric-string-code": (Reason.THROTTLED, "Azure answered 429"),
    "429-subscription-requests-throttled": (Reason.THROTTLED, "SubscriptionRequestsThrottled"),
    "404-code-subscriptionnotfound-is-servicebus": (Reason.API_ERROR, "SubscriptionNotFound"),
    "404-ml-datastore-usererror": (Reason.API_ERROR, "UserError"),
    "401-expired-token": (Reason.FORBIDDEN, "ExpiredAuthenticationToken"),
    "403-authorization-failed-management-group": (Reason.FORBIDDEN, "AuthorizationFailed"),
    "409-provider-not-registered": (Reason.API_ERROR, "MissingSubscriptionRegistration"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_every_form_have_a_reason_and_azures_message(name: str) -> None:
    recording = RECORDINGS[f"error-responses/{name}.json"]
    reason, words = ERRORS[name]
    error = error_of_answer(recording.response.status, _json(recording.response.body.decode()))
    assert error.reason is reason
    assert words in error.detail


def _json(text: str, load: Callable[[str], object] = json.loads) -> object:
    """Return the value of a text, None if it is not JSON."""
    try:
        return load(text)
    except ValueError:
        return None
